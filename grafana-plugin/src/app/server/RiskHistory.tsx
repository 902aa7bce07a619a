import { css } from '@emotion/css';
import { SceneDataNode, sceneGraph } from '@grafana/scenes';
import { useEffect } from 'react';
import type { ServerRisk } from '../../data/history';
import { useServerRisk } from '../../data/historyHooks';
import { Card } from '../components/Card';
import { QueryState } from '../components/QueryState';
import { withoutHistory } from '../components/withoutHistory';
import { usePastSpan } from '../scenes/useSpan';
import { riskData } from './forecastFrames';
import type { ServerView } from './ServerView';

/** How the score came to be what it is. */
export const RiskHistory = ({ model }: { readonly model: ServerView }) => {
  const { server } = model.useState();
  const risk = useServerRisk(server, usePastSpan(model));
  return (
    <Card title="Risk over time" description="The score after each step of five minutes.">
      <QueryState query={risk} what="the past risk" onError={withoutHistory}>
        {(data) => (data.count === 0 ? <NothingKept /> : <Chart model={model} risk={data} />)}
      </QueryState>
    </Card>
  );
};

const NothingKept = () => <p>Nothing was kept for this time range. Choose a longer one above.</p>;

const HEIGHT = css({ height: 220 });

const Chart = ({ model, risk }: { readonly model: ServerView; readonly risk: ServerRisk }) => {
  const { riskPanel, server } = model.useState();
  const { value } = sceneGraph.getTimeRange(model).useState();
  useEffect(() => {
    const node = riskPanel.state.$data;
    if (node instanceof SceneDataNode) node.setState({ data: riskData(server, risk, value) });
  }, [riskPanel, server, risk, value]);
  return (
    <div className={HEIGHT}>
      <riskPanel.Component model={riskPanel} />
    </div>
  );
};
