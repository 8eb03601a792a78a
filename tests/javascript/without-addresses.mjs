#!/usr/bin/env node
// Takes the addresses out of a package lock: who gives money to a package is no business of a pin.
import { readFileSync, writeFileSync } from "node:fs";

const [path] = process.argv.slice(2);
const lock = JSON.parse(readFileSync(path, "utf8"));
for (const pin of Object.values(lock.packages)) {
  delete pin.funding;
  delete pin.resolved;
}
writeFileSync(path, JSON.stringify(lock, null, 2) + "\n");
