"""Writes of the control room, gathered: each is one transaction with one audit row."""

from congto.office.control.audit import operation, record
from congto.office.control.findings import close_finding, keep_findings
from congto.office.control.jobs import request_cancel, request_pause, resume, start_job
from congto.office.control.proposals import approve, propose, reject, withdraw
from congto.office.control.users import (
    create_demo_users,
    grant_role,
    reset_password,
    revoke_role,
)
from congto.office.control.views import delete_view, save_view

__all__ = [
    "approve",
    "close_finding",
    "create_demo_users",
    "delete_view",
    "grant_role",
    "keep_findings",
    "operation",
    "propose",
    "record",
    "reject",
    "request_cancel",
    "request_pause",
    "reset_password",
    "resume",
    "revoke_role",
    "save_view",
    "start_job",
    "withdraw",
]
