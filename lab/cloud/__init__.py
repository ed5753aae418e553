"""Programs that stand for managed services; in their image this package lies as `guildhall`."""
