# The service in one container: configuration read-only at /config, everything it keeps in /data; with
# what a PostgreSQL database needs, for the processes of a cluster as well.
#   docker build -t news-monitor .
#   docker run -v ./config:/config:ro -v news-monitor:/data news-monitor
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/news-monitor \
    && /opt/news-monitor/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY monitor ./monitor
COPY config ./config
RUN /opt/news-monitor/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN groupadd --gid 10001 monitor \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin monitor \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/news-monitor /opt/news-monitor
ENV PATH=/opt/news-monitor/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s \
    CMD ["news-monitor", "--config", "/config", "status", "--check"]
ENTRYPOINT ["news-monitor", "--config", "/config"]
CMD ["run"]
