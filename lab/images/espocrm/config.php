<?php
// The configuration as EspoCRM reads it: simple values as shell assignments, ESPO_<key>.
$files = ['data/config-override.php', 'data/config-internal-override.php'];
$found = array_merge(...array_map(fn ($file) => require $file, array_filter($files, 'file_exists')));
foreach (array_filter($found, 'is_scalar') as $key => $value) {
    echo "export ESPO_$key=" . escapeshellarg((string) $value) . "\n";
}
