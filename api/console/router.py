"""The console's pages, together."""

from fastapi import APIRouter

from api.console.archives import archives_pages_router
from api.console.certificates import certificate_pages_router
from api.console.devices import devices_pages_router
from api.console.field_records import field_records_router
from api.console.holds import holds_pages_router
from api.console.labels import labels_router
from api.console.lists import lists_router
from api.console.photos import photo_pages_router
from api.console.recall_pages import recall_pages_router
from api.console.record_pages import record_pages_router
from api.console.sign_in import sign_in_router
from api.console.subjects import subjects_router
from api.console.trace_pages import trace_pages_router

console_router = APIRouter()
for _pages in (
    sign_in_router,
    lists_router,
    subjects_router,
    field_records_router,
    devices_pages_router,
    trace_pages_router,
    recall_pages_router,
    labels_router,
    holds_pages_router,
    archives_pages_router,
    certificate_pages_router,
    record_pages_router,
    photo_pages_router,
):
    console_router.include_router(_pages)
