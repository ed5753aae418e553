<?php
// Gives Leantime's own command its answers. Among its arguments on a command line everybody would see the password.
$argv = [
    'bin/leantime',
    'db:migrate',
    '--no-interaction',
    '--email=' . getenv('ADMIN_EMAIL'),
    '--password=' . getenv('ADMIN_PASSWORD'),
    '--company-name=' . getenv('LEAN_SITENAME'),
    '--first-name=Project',
    '--last-name=Administrator',
];
$argc = count($argv);
$_SERVER['argv'] = $argv;
$_SERVER['argc'] = $argc;
require '/var/www/html/bin/leantime';
