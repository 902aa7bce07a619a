import { css } from '@emotion/css';
import { Alert } from '@grafana/ui';
import type { Cascade } from '../../data/cascade';
import { useCascades } from '../../data/watchHooks';
import { pageUrl } from '../../shared/routes';
import { ServerLink } from '../../shared/ServerLink';
import { counted } from '../components/format';
import { PageLink } from '../components/PageLink';
import { commonOf, leadOf, movesOf } from './cascadeTexts';

const NO_MARGIN = css({ marginBottom: 0 });
const UNDERLINED = css({ textDecoration: 'underline' });

/** That a server deviates together with others; nothing where it does not. */
export const CascadeNotice = ({ server }: { readonly server: string }) => {
  const { data } = useCascades({ state: 'active', server });
  return (data?.cascades ?? []).map((cascade) => (
    <Alert
      key={cascade.id}
      severity="warning"
      title={`Part of a cascade of ${counted(cascade.members.length, 'server')}`}
      className={NO_MARGIN}
    >
      <Who cascade={cascade} server={server} /> {movesOf(cascade)}. In common:{' '}
      {commonOf(cascade.common).toLowerCase()}. The <PageLink href={pageUrl('fleet')}>Fleet page</PageLink>{' '}
      lists its members.
    </Alert>
  ));
};

const Who = ({ cascade, server }: { readonly cascade: Cascade; readonly server: string }) => {
  const { server_name: leader } = cascade.leader;
  if (leader === server) return <>This server led, {leadOf(cascade)}.</>;
  return (
    <>
      <ServerLink server={leader} className={UNDERLINED} /> led, {leadOf(cascade)}.
    </>
  );
};
