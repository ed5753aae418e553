<?php
// The configuration as EspoCRM reads it: simple values and lists as shell assignments, ESPO_<key>; and the group email
// account whose address it sends from, ESPO_account_<field>, its password as the program would read it.
$files = ['data/config-override.php', 'data/config-internal-override.php'];
$found = array_merge(...array_map(fn ($file) => require $file, array_filter($files, 'file_exists')));
foreach ($found as $key => $value) {
    if (is_array($value) && !array_is_list($value)) {
        continue;
    }
    $value = implode(' ', (array) $value);
    echo "export ESPO_$key=" . escapeshellarg((string) $value) . "\n";
}
$row = 'data/inbound_email.json';
$account = is_file($row) ? json_decode(file_get_contents($row), true) : [];
if (($account['emailAddress'] ?? null) === ($found['outboundEmailFromAddress'] ?? '')) {
    $kept = base64_decode($account['smtpPassword']);
    [$cipher, $iv] = [substr($kept, 0, -16), substr($kept, -16)];
    $account['smtpPassword'] = openssl_decrypt($cipher, 'aes-256-cbc', hash('sha256', '', true), OPENSSL_RAW_DATA, $iv);
    foreach ($account as $field => $value) {
        echo "export ESPO_account_$field=" . escapeshellarg((string) $value) . "\n";
    }
}
