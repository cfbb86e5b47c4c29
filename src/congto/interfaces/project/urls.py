"""All addresses of the site."""

from django.urls import include, path

from congto.interfaces.api import devices, readings
from congto.interfaces.api.collect import routes as collect

urlpatterns = [
    path("api/readings/v1/", readings.urls),
    path("api/devices/v1/", devices.urls),
    path("collect/v1/", collect.urls),
    path("", include("congto.interfaces.console.urls")),
]
