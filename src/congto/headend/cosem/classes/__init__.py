"""Interface classes of COSEM as objects with typed attributes: one file a class or small family.

Numbers of clauses are those of the published contents of the DLMS UA's Blue Book, edition 12. What
the clauses say is recalled (confidence: recalled), and checked where something is published: bytes
of the list of a push, of seasons and weeks of a calendar and of a single action; modes of access
and attributes of limiter and push setup (docs.rs/spodes-rs); states of the relay (MetCom MCS301,
product manual 1.25, Table 44). Values written by the classes of calendar, special days, limiter,
push, single action and image are read as they were meant by gurux-dlms (tests/headend/witnesses).
"""
