# The same steps as on any machine: docker build -t motion . && docker run --rm -v "$PWD/out:/course/build" motion
FROM debian:bookworm-slim
RUN apt-get update -q && apt-get install -q -y --no-install-recommends make ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /course
COPY setup setup
RUN sh setup/system && rm -rf /var/lib/apt/lists/*
COPY . .
RUN sh setup/venv capture
CMD ["make", "lecture"]
