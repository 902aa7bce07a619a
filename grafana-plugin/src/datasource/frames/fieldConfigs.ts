/** How values of each kind are shown: unit, thresholds, colours, links. */
import {
  type FieldConfig,
  MappingType,
  SpecialValueMatch,
  type ThresholdsConfig,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/data';
import { APP_URL } from '../../constants';
import { LEVELS } from '../../shared/levels';
import { PROFILES, TARGETS } from '../../shared/metrics';
import { PAGE, serverUrl } from '../../shared/routes';

const MAX_SCORE = 100;

/** Widths of a table's columns in pixels: what is short leaves its room to causes and messages. */
const WIDTH = { time: 170, name: 160, word: 120, short: 100, number: 90, probability: 150 } as const;

/** A table's cell in the colour of its value, beside the word. */
const colorText = { cellOptions: { type: 'color-text' } };

function named(words: readonly { readonly name: string; readonly label: string }[]): ValueMapping {
  const options = Object.fromEntries(words.map(({ name, label }, index) => [name, { text: label, index }]));
  return { type: MappingType.ValueToText, options };
}

function nullAs(text: string): ValueMapping {
  return {
    type: MappingType.SpecialValue,
    options: { match: SpecialValueMatch.NullAndNaN, result: { text } },
  };
}

/** Steps for Grafana's colours; the first must be minus infinity. */
function steps(cuts: readonly { readonly from: number; readonly color: string }[]): ThresholdsConfig {
  const [first, ...rest] = cuts;
  return {
    mode: ThresholdsMode.Absolute,
    steps: [
      { value: Number.NEGATIVE_INFINITY, color: first?.color ?? 'green' },
      ...rest.map(({ from, color }) => ({ value: from, color })),
    ],
  };
}

/** Green below warning, orange from there, red from critical. */
export function thresholdSteps(thresholds: { readonly warning: number; readonly critical: number }) {
  return steps([
    { from: 0, color: 'green' },
    { from: thresholds.warning, color: 'orange' },
    { from: thresholds.critical, color: 'red' },
  ]);
}

const links = (variable: string): FieldConfig => ({
  links: [
    {
      title: 'Open in Argus',
      // For snapshots, which keep no function; names with % or ~ need the one below.
      url: `${APP_URL}/${PAGE.server}/\${${variable}:percentencode}`,
      onBuildUrl: ({ replaceVariables }) => serverUrl(replaceVariables?.(`\${${variable}}`) ?? ''),
    },
  ],
});

/** A column of names, each linked to its page. */
export const SERVER: FieldConfig = {
  displayNameFromDS: 'Server',
  custom: { width: WIDTH.name },
  ...links('__value.raw'),
};

/** A link to the page of the server a series is labelled with. */
export const SERVER_OF_SERIES: FieldConfig = links('__field.labels.server');

export const PROFILE: FieldConfig = {
  displayNameFromDS: 'Profile',
  mappings: [named(PROFILES)],
  custom: { width: WIDTH.word },
};

const levelOptions = Object.fromEntries(
  LEVELS.map(({ name, label, color }, index) => [name, { text: label, color, index }]),
);
export const LEVEL: FieldConfig = {
  displayNameFromDS: 'Level',
  mappings: [{ type: MappingType.ValueToText, options: levelOptions }, nullAs('Not known')],
  custom: { ...colorText, width: WIDTH.short },
};

export const RISK: FieldConfig = {
  displayNameFromDS: 'Risk',
  min: 0,
  max: MAX_SCORE,
  // 59.6 is degraded: without its decimal it would be shown as 60, which is a warning.
  decimals: 1,
  thresholds: steps(LEVELS),
  color: { mode: 'thresholds' },
  noValue: '–',
  custom: { ...colorText, width: WIDTH.number },
};

const PROBABILITY_STEPS = [
  { from: 0, color: 'green' },
  { from: 0.1, color: 'yellow' },
  { from: 0.3, color: 'orange' },
  { from: 0.6, color: 'red' },
];

export function probability(displayName: string): FieldConfig {
  return {
    displayNameFromDS: displayName,
    description: 'Calibrated probability that the server passes a critical threshold within this time',
    unit: 'percentunit',
    min: 0,
    max: 1,
    decimals: 1,
    thresholds: steps(PROBABILITY_STEPS),
    noValue: '–',
    custom: { width: WIDTH.probability },
  };
}

export function metric(displayName: string): FieldConfig {
  return { displayNameFromDS: displayName, mappings: [named(TARGETS)], custom: { width: WIDTH.name } };
}

export function seconds(displayName: string): FieldConfig {
  return {
    displayNameFromDS: displayName,
    unit: 's',
    decimals: 0,
    noValue: '–',
    custom: { width: WIDTH.word },
  };
}

export function time(displayName: string): FieldConfig {
  // The unit keeps Grafana from writing milliseconds where the times of a table lie close together.
  return { displayNameFromDS: displayName, unit: 'dateTimeAsIso', custom: { width: WIDTH.time } };
}

export function text(displayName: string): FieldConfig {
  return { displayNameFromDS: displayName };
}

const MODES = [
  { name: 'model', label: 'Model' },
  { name: 'baseline', label: 'Baseline' },
  { name: 'warming_up', label: 'Warming up' },
  { name: 'stale', label: 'Stale' },
];
export const MODE: FieldConfig = {
  displayNameFromDS: 'Mode',
  mappings: [named(MODES)],
  custom: { width: WIDTH.word },
};

const BREACHES = LEVELS.filter(({ name }) => name === 'warning' || name === 'critical');
export const THRESHOLD: FieldConfig = {
  displayNameFromDS: 'Threshold',
  mappings: [
    {
      type: MappingType.ValueToText,
      options: Object.fromEntries(
        BREACHES.map(({ name, label, color }, index) => [name, { text: label, color, index }]),
      ),
    },
  ],
  custom: { ...colorText, width: WIDTH.short },
};
