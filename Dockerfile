# The exporter and nothing else: no shell, no package manager, an unprivileged user.
#
#   docker build -t highwater --build-arg REVISION="$(git rev-parse HEAD)" .
#   docker run -p 10308:10308 highwater --bootstrap kafka:9092

# Not the slim one, which lacks make and perl: librdkafka and OpenSSL are built with them.
FROM rust:1.95-bookworm AS builder
# musl can be linked statically as a whole, and finds names through /etc/hosts and DNS by itself.
RUN apt-get update && apt-get install -y --no-install-recommends musl-tools \
    && rustup target add "$(uname -m)-unknown-linux-musl"
WORKDIR /src
COPY . .
# OpenSSL inside librdkafka. Empty leaves it out: connections are plaintext only so far, so nothing of it is reached yet.
ARG FEATURES=rdkafka-ssl
# Shown by highwater_build_info.
ARG REVISION=unknown
ENV HIGHWATER_REVISION=$REVISION
RUN target="$(uname -m)-unknown-linux-musl" \
    && export "CC_$(echo "$target" | tr - _)=musl-gcc" \
    && cargo build --release --locked --bin highwater --features "$FEATURES" --target "$target" \
    && cp "${CARGO_TARGET_DIR:-target}/$target/release/highwater" ./highwater

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Highwater" \
      org.opencontainers.image.description="Kafka lag and health exporter for Prometheus" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# The certificate authorities of the builder, for brokers whose certificates are signed by a public one.
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=builder /src/LICENSE /usr/share/doc/highwater/LICENSE
COPY --from=builder /src/highwater /usr/bin/highwater
# By number, so that Kubernetes can see that it is not root; there is no /etc/passwd to look a name up in.
USER 65532:65532
EXPOSE 10308
ENTRYPOINT ["/usr/bin/highwater"]
