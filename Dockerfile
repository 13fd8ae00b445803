# The page in a container: docker build -t cam-explorer . (see docs/hosting.md)
FROM python:3.12-slim

# An index with PyTorch for CPUs only makes the image gigabytes smaller.
ARG PIP_EXTRA_INDEX_URL=""

# A font with Chinese letters, for the words below the pictures of a slide.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-wqy-zenhei && rm -rf /var/lib/apt/lists/*

RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin cam

WORKDIR /srv/cam
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY app.py LICENSE ./
COPY assets ./assets
COPY cam ./cam

ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_TEMP_DIR=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

USER 10001
EXPOSE 7860
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
CMD ["python", "app.py"]
