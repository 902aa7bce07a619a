import { isKnown, NOT_KNOWN } from '../../shared/format';

const LABELS: Readonly<Record<string, string>> = {
  model: 'Model',
  last_value: 'Last value',
  seasonal: 'Same time yesterday',
  blended_seasonal: 'Blend with yesterday',
  linear_trend: 'Linear trend',
};

/** A forecaster in words. */
export function forecasterLabel(name: string | null): string {
  return name === null ? NOT_KNOWN : (LABELS[name] ?? name.replaceAll('_', ' '));
}

/** "+12 %": how much smaller the loss of the model is than that of the best baseline. */
export function formatSkill(skill: number | null | undefined): string {
  if (!isKnown(skill)) return NOT_KNOWN;
  const percent = Math.round(skill * 100);
  const sign = percent > 0 ? '+' : percent < 0 ? '−' : '';
  return `${sign}${Math.abs(percent)} %`;
}
