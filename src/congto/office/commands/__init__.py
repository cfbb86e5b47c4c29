"""Commands to meters (lệnh điều khiển): approved by two, sent once, believed when read back."""
