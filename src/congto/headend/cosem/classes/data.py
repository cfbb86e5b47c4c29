"""Any value under a name (class 1)."""

from __future__ import annotations

from congto.headend.cosem.classes.kinds import ANY
from congto.headend.cosem.classes.shape import CosemObject, attribute


class DataObject(CosemObject, number=1, version=0, title="Data", clause="4.3.1"):
    """A value whose type the meter decides."""

    value = attribute(2, ANY)
