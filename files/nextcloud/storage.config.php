<?php
// The image's own settings of the bucket, but for one: Nextcloud asks whether the bucket is there, and makes it if
// not (nextcloud/server 001260223e, lib/private/Files/ObjectStore/S3ConnectionTrait.php). Its key may do neither; the
// deploy has made the bucket.
require __DIR__ . '/s3.config.php';
$CONFIG['objectstore']['arguments']['verify_bucket_exists'] = false;
