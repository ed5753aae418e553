<?php
// What has no variable of its own in the image. Read at every request, over what config.php says.
$CONFIG = [
    'dbpassword' => getenv('POSTGRES_PASSWORD'),
    'default_timezone' => getenv('TIME_ZONE'),
    'logtimezone' => getenv('TIME_ZONE'),
    // An hour, in UTC: heavy jobs wait for the night.
    'maintenance_window_start' => 1,
    'onlyoffice' => [
        'DocumentServerUrl' => getenv('ONLYOFFICE_URL'),
        'jwt_secret' => getenv('ONLYOFFICE_JWT_SECRET'),
        'jwt_header' => 'Authorization',
        // No daily check: one that fails would switch editing off for good (ONLYOFFICE/onlyoffice-nextcloud v10.0.0,
        // lib/Cron/EditorsCheck.php).
        'editors_check_interval' => 0,
    ],
];
