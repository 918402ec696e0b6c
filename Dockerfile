# --- Everything is installed here, where pip may stay behind. ----------------
FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/shopkeeper
WORKDIR /build
COPY requirements.txt requirements-build.txt ./
# The build tool goes into the image's own Python, not into the result.
RUN pip install --require-hashes -r requirements-build.txt \
    && /opt/shopkeeper/bin/pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /build/wheels . \
    && /opt/shopkeeper/bin/pip install --no-deps /build/wheels/*.whl \
    && /opt/shopkeeper/bin/python -m compileall -q /opt/shopkeeper/lib \
    && /opt/shopkeeper/bin/pip uninstall --yes pip

# --- What runs: Python, the packages, and an account that owns nothing. ------
FROM python:3.13-slim

RUN useradd --system --uid 10001 --no-create-home shopkeeper
COPY --from=build /opt/shopkeeper /opt/shopkeeper
ENV PATH=/opt/shopkeeper/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=5000
WORKDIR /tmp
USER shopkeeper
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/health/ready\", timeout=4)"]
CMD ["shopkeeper", "serve"]
