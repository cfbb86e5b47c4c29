"""Files of devices and makers' shipment files: columns of each maker as data, rows as devices."""
