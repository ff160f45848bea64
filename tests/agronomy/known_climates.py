"""Climates that tests of crops share."""

from agronomy.weather.climate import Climate

CHANGDE = Climate(
    place="Changde 1981-2010",
    latitude_deg=29.05,
    altitude_m=35,
    tmin_c=(2.4, 4.5, 8.2, 14.1, 19.0, 22.7, 25.7, 25.1, 20.8, 15.3, 9.8, 4.5),
    tmean_c=(5.0, 7.2, 11.2, 17.4, 22.4, 25.8, 28.9, 28.2, 23.8, 18.3, 12.8, 7.4),
    tmax_c=(8.5, 10.8, 15.2, 21.8, 26.9, 29.9, 33.1, 32.4, 28.2, 22.6, 17.1, 11.3),
    rain_mm=(60.8, 77.3, 112.4, 171.3, 170.9, 199.9, 175.5, 125.3, 70.5, 84.1, 78.8, 39.1),
    source="China Meteorological Administration, normals of Changde 1981-2010",
)

_CHANGSHA_MEAN = (5.7, 8.1, 13.0, 18.5, 22.8, 26.5, 29.8, 28.9, 25.0, 19.4, 13.8, 7.7)
_CHANGSHA_RANGE = (5.1, 5.5, 6.3, 7.1, 6.8, 6.3, 6.8, 6.7, 6.8, 6.5, 6.5, 5.9)
CHANGSHA = Climate(
    place="Changsha 1999-2023",
    latitude_deg=28.11,
    altitude_m=120,
    tmin_c=tuple(mean - spread / 2 for mean, spread in zip(_CHANGSHA_MEAN, _CHANGSHA_RANGE, strict=True)),
    tmean_c=_CHANGSHA_MEAN,
    tmax_c=tuple(mean + spread / 2 for mean, spread in zip(_CHANGSHA_MEAN, _CHANGSHA_RANGE, strict=True)),
    rain_mm=(79, 88, 148, 173, 204, 232, 157, 115, 83, 65, 83, 55),
    source="ASHRAE design data of Changsha 1999-2023; extremes from mean and daily range",
)

DESERT = Climate(
    place="a hot desert",
    latitude_deg=30.1,
    altitude_m=30,
    tmin_c=(9, 10, 12, 15, 18, 21, 22, 22, 21, 18, 14, 10),
    tmean_c=(14, 15, 17.5, 21.5, 25, 27.5, 28, 28, 26.5, 24, 19, 15),
    tmax_c=(19, 20, 23, 28, 32, 34, 35, 34, 33, 29, 24, 20),
    rain_mm=(5, 4, 4, 1, 0, 0, 0, 0, 0, 1, 4, 6),
    source="made for tests after Cairo",
)
