// How does dynamics-web-api sign in, and how is said what it found?
// DATAVERSE_URL names the server, without a slash at its end.

import assert from "node:assert/strict";
import { DynamicsWebApi } from "dynamics-web-api";

const server = process.env.DATAVERSE_URL;

const onTokenRefresh = async () => {
  const answer = await fetch(`${server}/_sandbox/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: "Judge" }),
  });
  return (await answer.json()).access_token;
};

export const api = new DynamicsWebApi({
  serverUrl: `${server}/`,
  dataApi: { version: "9.2" },
  onTokenRefresh,
  propagateErrors: true,
});

export async function refused(status, code, request) {
  await assert.rejects(request, (error) => {
    assert.deepEqual([error.status, error.code], [status, code]);
    return true;
  });
}

export async function judge(steps) {
  let failed = 0;
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`ok    ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL  ${name}: ${error.stack ?? JSON.stringify(error)}`);
    }
  }
  const count = Object.keys(steps).length;
  console.log(`dynamics-web-api 2.5.0: ${count - failed} of ${count} steps passed`);
  process.exitCode = failed ? 1 : 0;
}
