// Does Microsoft's JavaScript SDK, whose AMQP stack is another one, find in the sandbox what it finds in Azure?
// CONNECTION_STRING names a bus with the queues "plain" and "thrice" (MaxDeliveryCount 3, dead letters on expiry).

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { ServiceBusClient } from "@azure/service-bus";

const connectionString = process.env.CONNECTION_STRING;
const client = new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0 } });
const plain = client.createSender("plain");
const thrice = client.createSender("thrice");
const receiver = client.createReceiver("plain");
const thriceReceiver = client.createReceiver("thrice");
const dead = client.createReceiver("plain", { subQueueType: "deadLetter" });
const thriceDead = client.createReceiver("thrice", { subQueueType: "deadLetter" });

// The SDK settles no message without an id.
const withId = (message) => ({ messageId: randomUUID(), ...message });
const send = (sender, ...messages) => sender.sendMessages(messages.map(withId));

async function take(from, count = 1) {
  const taken = [];
  while (taken.length < count) {
    const got = await from.receiveMessages(count - taken.length, { maxWaitTimeInMs: 5000 });
    assert.ok(got.length, "no message came");
    taken.push(...got);
  }
  return taken;
}

async function completeAll(from, messages) {
  for (const message of messages) await from.completeMessage(message);
}

const steps = {
  async "a message arrives as it was sent"() {
    const applicationProperties = { text: "v", number: 7, yes: true };
    await plain.sendMessages({ body: { id: 1 }, messageId: "a", subject: "s", applicationProperties });
    const [got] = await take(receiver);
    assert.deepEqual(got.body, { id: 1 });
    assert.deepEqual([got.messageId, got.subject, got.deliveryCount], ["a", "s", 0]);
    assert.deepEqual(got.applicationProperties, applicationProperties);
    assert.ok(Math.abs(got.enqueuedTimeUtc - Date.now()) < 2000);
    assert.ok(got.lockedUntilUtc - Date.now() > 20000);
    await receiver.completeMessage(got);
  },
  async "a batch keeps its order"() {
    const batch = await plain.createMessageBatch();
    assert.equal(batch.maxSizeInBytes, 256 * 1024);
    for (let number = 0; number < 20; number++) assert.ok(batch.tryAddMessage(withId({ body: number })));
    await plain.sendMessages(batch);
    const got = await take(receiver, 20);
    assert.deepEqual(got.map((message) => message.body), [...Array(20).keys()]);
    await completeAll(receiver, got);
  },
  async "a large message comes in parts, a too large one is refused"() {
    await send(plain, { body: "z".repeat(255000) });
    const [got] = await take(receiver);
    assert.equal(got.body.length, 255000);
    await receiver.completeMessage(got);
    await assert.rejects(send(plain, { body: "z".repeat(300000) }), { code: "MessageSizeExceeded" });
  },
  async "abandoning counts, and the third time the message is dead"() {
    await send(thrice, { body: "poison" });
    for (let count = 0; count < 3; count++) {
      const [got] = await take(thriceReceiver);
      assert.equal(got.deliveryCount, count);
      await thriceReceiver.abandonMessage(got);
    }
    const [got] = await take(thriceDead);
    assert.deepEqual([got.body, got.deadLetterReason], ["poison", "MaxDeliveryCountExceeded"]);
    await thriceDead.completeMessage(got);
  },
  async "dead-lettering keeps reason and description"() {
    await send(plain, { body: "bad", applicationProperties: { keep: 1 } });
    const [got] = await take(receiver);
    await receiver.deadLetterMessage(got, { deadLetterReason: "r", deadLetterErrorDescription: "d" });
    const [buried] = await take(dead);
    assert.deepEqual([buried.deadLetterReason, buried.deadLetterErrorDescription], ["r", "d"]);
    assert.equal(buried.applicationProperties.keep, 1);
    await dead.completeMessage(buried);
  },
  async "a scheduled message is peeked at once, comes at its time, and can be cancelled"() {
    const due = new Date(Date.now() + 1500);
    const [kept, cancelled] = await plain.scheduleMessages([withId({ body: "s1" }), withId({ body: "s2" })], due);
    await plain.cancelScheduledMessages(cancelled);
    const peeked = await receiver.peekMessages(5);
    assert.deepEqual(peeked.map((message) => [message.body, message.state]), [["s1", "scheduled"]]);
    assert.ok(peeked[0].sequenceNumber.equals(kept));
    const [got] = await take(receiver);
    assert.ok(Date.now() >= due && Date.now() < due.getTime() + 1000, "it came at the wrong time");
    await receiver.completeMessage(got);
    await assert.rejects(plain.cancelScheduledMessages(cancelled), { code: "MessageNotFound" });
  },
  async "a message with a time for its arrival waits for it"() {
    const due = new Date(Date.now() + 700);
    await send(plain, { body: "later", scheduledEnqueueTimeUtc: due });
    const [got] = await take(receiver);
    assert.ok(Date.now() >= due);
    await receiver.completeMessage(got);
  },
  async "peeking takes nothing and starts where it is told"() {
    await send(plain, { body: "p1" }, { body: "p2" }, { body: "p3" });
    const [, second] = await receiver.peekMessages(3);
    const rest = await receiver.peekMessages(3, { fromSequenceNumber: second.sequenceNumber });
    assert.deepEqual(rest.map((message) => message.body), ["p2", "p3"]);
    await completeAll(receiver, await take(receiver, 3));
  },
  async "a lock can be renewed"() {
    await send(plain, { body: "lock" });
    const [got] = await take(receiver);
    const before = got.lockedUntilUtc;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok((await receiver.renewMessageLock(got)) > before);
    await receiver.completeMessage(got);
  },
  async "a message that expired is a dead letter"() {
    await send(thrice, { body: "old", timeToLive: 200 });
    const [got] = await take(thriceDead);
    assert.deepEqual([got.body, got.deadLetterReason], ["old", "TTLExpiredException"]);
    await thriceDead.completeMessage(got);
  },
  async "receive-and-delete keeps nothing"() {
    await send(plain, { body: "x" }, { body: "y" });
    const deleting = client.createReceiver("plain", { receiveMode: "receiveAndDelete" });
    assert.deepEqual((await take(deleting, 2)).map((message) => message.body), ["x", "y"]);
    await deleting.close();
    assert.deepEqual(await receiver.peekMessages(5), []);
  },
  async "a subscription gets what comes, two share"() {
    const seen = [[], []];
    const subscribers = seen.map((list) => {
      const each = client.createReceiver("plain");
      each.subscribe({ processMessage: async (m) => void list.push(m.body), processError: async (args) => assert.fail(args.error) });
      return each;
    });
    await send(plain, ...[...Array(40).keys()].map((body) => ({ body })));
    for (let tries = 0; seen.flat().length < 40 && tries < 100; tries++) await new Promise((r) => setTimeout(r, 50));
    assert.deepEqual(seen.flat().sort((a, b) => a - b), [...Array(40).keys()]);
    await Promise.all(subscribers.map((each) => each.close()));
  },
  async "what is not imitated is refused"() {
    await send(plain, { body: "defer" });
    const [got] = await take(receiver);
    await assert.rejects(receiver.deferMessage(got), /does not imitate deferral/);
    // The SDK hides the reason, which the bus does give.
    await assert.rejects(client.acceptSession("plain", "s"), { code: "SessionCannotBeLocked" });
    await assert.rejects(receiver.abandonMessage(got, { changed: 1 }));
  },
  async "an unknown queue and a wrong key are refused"() {
    const unknown = client.createSender("none");
    await assert.rejects(unknown.sendMessages({ body: 1 }), { code: "MessagingEntityNotFound" });
    const stranger = new ServiceBusClient(connectionString.replace("SharedAccessKey=sandbox", "SharedAccessKey=other"), { retryOptions: { maxRetries: 0 } });
    await assert.rejects(stranger.createSender("plain").sendMessages({ body: 1 }), /signature/);
    await stranger.close();
  },
};

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  const start = Date.now();
  try {
    await step();
    console.log(`  passed  ${name} (${Date.now() - start} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`  FAILED  ${name}: ${error.stack}`);
  }
}
await client.close();
console.log(`${Object.keys(steps).length - failed} of ${Object.keys(steps).length} steps passed`);
process.exit(failed ? 1 : 0);
