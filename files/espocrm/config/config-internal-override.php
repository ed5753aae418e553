<?php
// The same for what the browser must never see. The secrets stay in the environment.
return [
    'oidcClientSecret' => getenv('OIDC_CLIENT_SECRET'),
    'database' => [
        'platform' => getenv('ESPOCRM_DATABASE_PLATFORM'),
        'host' => getenv('ESPOCRM_DATABASE_HOST'),
        'port' => getenv('ESPOCRM_DATABASE_PORT'),
        'dbname' => getenv('ESPOCRM_DATABASE_NAME'),
        'user' => getenv('ESPOCRM_DATABASE_USER'),
        'password' => getenv('ESPOCRM_DATABASE_PASSWORD'),
    ],
];
