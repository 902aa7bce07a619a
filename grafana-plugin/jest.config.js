// Dates are formatted in the time zone of the process.
process.env.TZ = 'UTC';

const scaffolded = require('./.config/jest.config');
const { grafanaESModules, nodeModulesToTransform } = require('./.config/jest/utils');

/** Packages that come as ES modules only. */
const esModules = [
  '@react-hookz/web',
  '@ver0',
  '@grafana/i18n',
  '@grafana/scenes',
  'd3-array',
  'd3-time',
  'internmap',
  'ol',
  'uplot',
];

/** Grafana 12 gives plugins React 18, Grafana 13 React 19: ARGUS_REACT=18 runs the same tests under the older one. */
const reactOlder =
  process.env.ARGUS_REACT === '18'
    ? {
        '^react$': 'react-18',
        '^react/(.*)$': 'react-18/$1',
        '^react-dom$': 'react-dom-18',
        '^react-dom/(.*)$': 'react-dom-18/$1',
      }
    : {};

const [loader, loaderOptions] = Object.values(scaffolded.transform)[0];
const transform = { react: { runtime: 'automatic' } };

module.exports = {
  ...scaffolded,
  // A busy machine renders Grafana's pickers slowly.
  testTimeout: 30_000,
  moduleNameMapper: { ...scaffolded.moduleNameMapper, ...reactOlder },
  transform: { '^.+\\.m?[jt]sx?$': [loader, { ...loaderOptions, jsc: { ...loaderOptions.jsc, transform } }] },
  transformIgnorePatterns: [nodeModulesToTransform([...grafanaESModules, ...esModules])],
};
