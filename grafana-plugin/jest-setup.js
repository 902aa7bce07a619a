import './.config/jest-setup';
import { configure } from '@testing-library/react';

// A busy machine renders Grafana's pickers slowly.
configure({ asyncUtilTimeout: 10_000 });

// jsdom lacks what browsers have. Node's own channel would keep the process alive.
if (globalThis.MessageChannel === undefined) {
  globalThis.MessageChannel = class {
    constructor() {
      this.port1 = { onmessage: null, close() {} };
      this.port2 = {
        postMessage: (data) => setTimeout(() => this.port1.onmessage?.({ data }), 0),
        close() {},
      };
    }
  };
}
globalThis.structuredClone ??= (value) => JSON.parse(JSON.stringify(value));
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
globalThis.IntersectionObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
