<?php
// The configuration as EspoCRM reads it: simple values and lists as shell assignments, ESPO_<key>.
$files = ['data/config-override.php', 'data/config-internal-override.php'];
$found = array_merge(...array_map(fn ($file) => require $file, array_filter($files, 'file_exists')));
foreach ($found as $key => $value) {
    if (is_array($value) && !array_is_list($value)) {
        continue;
    }
    $value = implode(' ', (array) $value);
    echo "export ESPO_$key=" . escapeshellarg((string) $value) . "\n";
}
