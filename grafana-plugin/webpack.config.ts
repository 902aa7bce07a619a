// Extends the scaffolded configuration: JSX without React in scope, and the pictures of the nested plugins.
import path from 'node:path';
import CopyWebpackPlugin from 'copy-webpack-plugin';
import type { Configuration, RuleSetRule } from 'webpack';
import { merge } from 'webpack-merge';
import baseConfig, { type Env } from './.config/webpack/webpack.config.ts';

/** The scaffold's rule with JSX compiled against react/jsx-runtime, which Grafana shares. */
function withAutomaticJsx(rule: RuleSetRule): RuleSetRule {
  const use = rule.use;
  if (typeof use !== 'object' || use === null || !('loader' in use) || use.loader !== 'swc-loader')
    return rule;
  const jsc = { transform: { react: { runtime: 'automatic' } } };
  return { ...rule, use: merge(use, { options: { jsc } }) };
}

const config = async (env: Env): Promise<Configuration> => {
  const base = await baseConfig(env);
  const rules = (base.module?.rules ?? []).map((rule) => withAutomaticJsx(rule as RuleSetRule));
  return merge(
    { ...base, module: { ...base.module, rules } },
    {
      cache: { type: 'filesystem', buildDependencies: { own: [path.resolve('webpack.config.ts')] } },
      plugins: [
        new CopyWebpackPlugin({
          patterns: [{ from: '{datasource,panels/*}/img/*', to: '[path][name][ext]' }],
        }),
      ],
    },
  );
};

export default config;
