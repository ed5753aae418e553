<?php
// The official image's nginx answers /ping by itself.
if ($_SERVER['REQUEST_URI'] === '/ping') {
    echo "pong";
    return true;
}
return false;
