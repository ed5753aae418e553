<?php
// What EspoCRM is told by this project, over whatever was clicked.
$provider = getenv('OIDC_PROVIDER') . '/application/o';
$client = getenv('OIDC_CLIENT_ID');

return [
    'siteUrl' => getenv('ESPOCRM_SITE_URL'),
    'timeZone' => getenv('TIME_ZONE'),
    // The edge writes this header itself; without it, every visitor would seem to be the edge.
    'ipAddressServerParam' => 'HTTP_X_REAL_IP',

    'authenticationMethod' => 'Oidc',
    'oidcClientId' => $client,
    'oidcAuthorizationEndpoint' => "$provider/authorize/",
    'oidcTokenEndpoint' => "$provider/token/",
    'oidcUserInfoEndpoint' => "$provider/userinfo/",
    'oidcJwksEndpoint' => "$provider/$client/jwks/",
    'oidcLogoutUrl' => "$provider/$client/end-session/",
    'oidcJwtSignatureAlgorithmList' => ['RS256'],
    'oidcScopes' => ['profile', 'email'],
    'oidcUsernameClaim' => 'preferred_username',
    'oidcCreateUser' => true,
    'oidcSync' => true,
    // The administrator can still log in by password, nobody else.
    'oidcFallback' => true,
    'oidcAllowRegularUserFallback' => false,

    // Its default asks for consent at each login (espocrm/espocrm 10.0.0,
    // application/Espo/Core/Authentication/Oidc/ConfigDataProvider.php).
    'oidcAuthorizationPrompt' => 'select_account',

    // Mail goes out by the group email account of this address: mail_account.php.
    'outboundEmailFromAddress' => getenv('MAIL_FROM'),

    'useWebSocket' => true,
    'webSocketUrl' => preg_replace('/^http/', 'ws', getenv('ESPOCRM_SITE_URL')) . '/ws',
    'webSocketZeroMQSubscriberDsn' => 'tcp://*:7777',
    'webSocketZeroMQSubmissionDsn' => 'tcp://websocket:7777',
];
