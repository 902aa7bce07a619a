import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ChannelCredentials, Client } from '@grpc/grpc-js';
import { encodeRequest } from './messages.ts';
import { METRICS_EXPORT, startReceiver } from './receiverSupport.ts';
import { NOW } from './support.ts';

/** Made for this test with openssl, for localhost, valid for a hundred years; it protects nothing. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUE2vZhSn3H3dOEoAA2GtspLkx7L4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDA4MDYzNFoYDzIxMjYxMDMx
MDgwNjM0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATfcBLEjdM9BLFEZPDbk616W6BsfKmpBHmtL0SAYa5a4i4Xpckaf1OJ
htzEE8EyIDdFy3VdW3tfYwfH/bbG4/jko28wbTAdBgNVHQ4EFgQUv4g3Y+mbiqcb
jI0wbnZ2pFZjXuAwHwYDVR0jBBgwFoAUv4g3Y+mbiqcbjI0wbnZ2pFZjXuAwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAKPRevUxGN4NiiAsIWDNvGuAh7tC4zF45qfg7OWjc4gsAiEA
6jXIE1vqUdLPWlVQVO3M+/JphUpweY3v2/jUN3At1aw=
-----END CERTIFICATE-----
`;
const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLb5BJMZhYUg582Ju
wMTiAjgJoTVtqVy1pgKw80+KYcWhRANCAATfcBLEjdM9BLFEZPDbk616W6BsfKmp
BHmtL0SAYa5a4i4Xpckaf1OJhtzEE8EyIDdFy3VdW3tfYwfH/bbG4/jk
-----END PRIVATE KEY-----
`;

const loadOf = (host: string): Buffer =>
  encodeRequest([
    {
      resource: { 'host.name': host },
      metrics: [{ name: 'node_load1', points: [{ timeMs: NOW, value: 1 }] }],
    },
  ]);

test('with a certificate both transports are served over TLS', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'argus-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const certFile = join(folder, 'cert.pem');
  const keyFile = join(folder, 'key.pem');
  writeFileSync(certFile, CERTIFICATE);
  writeFileSync(keyFile, PRIVATE_KEY);
  const { httpAddress, grpcAddress, intake } = await startReceiver(t, { tls: { certFile, keyFile } });

  const sent = request(`https://${httpAddress}/v1/metrics`, {
    method: 'POST',
    ca: CERTIFICATE,
    agent: false,
    headers: { 'Content-Type': 'application/x-protobuf' },
  });
  sent.end(loadOf('over-https'));
  const [answer] = await once(sent, 'response');
  answer.resume();
  assert.equal(answer.statusCode, 200);

  const client = new Client(grpcAddress, ChannelCredentials.createSsl(Buffer.from(CERTIFICATE)));
  const identity = (bytes: Buffer) => bytes;
  await new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(METRICS_EXPORT, identity, identity, loadOf('over-grpcs'), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  client.close();
  assert.deepEqual(intake.names, ['over-https', 'over-grpcs']);
});
