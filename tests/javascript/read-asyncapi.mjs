#!/usr/bin/env node
// Reads an AsyncAPI document with the reference parser; prints what it finds wrong and exits 1 if anything is.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const [path] = process.argv.slice(2);
const { document, diagnostics } = await new Parser().parse(readFileSync(path, "utf8"));
const errors = diagnostics.filter(({ severity }) => severity === 0);
for (const { message, path: where } of errors) console.error(`${where.join("/")}: ${message}`);
if (!document || errors.length) process.exit(1);
console.log(`${document.allMessages().length} messages in ${document.allChannels().length} channels`);
