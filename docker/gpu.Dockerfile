# Argus's backend for NVIDIA: docker build -f docker/gpu.Dockerfile . The package's install script fetches the CUDA part
# of onnxruntime from NuGet, so the build needs the internet; CUDA 12 and cuDNN 9 come with the base image.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /argus
ENV ONNXRUNTIME_NODE_INSTALL=cuda12
COPY package.json package-lock.json .npmrc ./
COPY backend/package.json backend/
COPY grafana-plugin/package.json grafana-plugin/
# .npmrc skips that script for everybody else; here it is what is wanted.
RUN npm ci --workspace backend --omit=dev --no-audit --no-fund --ignore-scripts \
  && node node_modules/onnxruntime-node/script/install.js && npm cache clean --force

FROM nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04
LABEL org.opencontainers.image.title="Argus for NVIDIA" org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 ARGUS_DATA_DIR=/data
WORKDIR /argus
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
# Not only /argus/node_modules: npm puts some packages below a workspace's own folder.
COPY --from=packages /argus/ ./
COPY package.json LICENSE ./
COPY backend/package.json backend/
COPY backend/src backend/src
COPY models/bundles models/bundles
COPY docker/first-start.mjs docker/alert-receiver.mjs docker/
RUN groupadd --gid 10001 argus && useradd --uid 10001 --gid argus --no-create-home argus \
  && install -d -o argus -g argus -m 700 /data \
  && install -d -o argus -g argus /keys/ingest /keys/read /keys/admin /keys/grafana
USER 10001:10001
VOLUME /data
EXPOSE 8000 4317 4318
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8000/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=4", "backend/src/main.ts"]
CMD ["serve"]
