"""All addresses of the site."""

from django.urls import include, path

from congto.interfaces.api import devices, readings

urlpatterns = [
    path("api/readings/v1/", readings.urls),
    path("api/devices/v1/", devices.urls),
    path("", include("congto.interfaces.console.urls")),
]
