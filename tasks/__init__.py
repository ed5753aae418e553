"""How the catalogue is made true; importing any of these modules does nothing."""
