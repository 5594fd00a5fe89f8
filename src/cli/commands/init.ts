import { Command, Option } from "commander";
import { configOption } from "./collect.ts";
import type { InitOptions } from "../initialising.ts";
import type { CommandMaker } from "./command.ts";

export const initCommand: CommandMaker = (environment, end) =>
  new Command("init")
    .description(
      "Writes a commented countersign.yaml and prints the least-privilege policy that the store needs.",
    )
    .addOption(configOption())
    .option("-a, --address <url>", "address of the store; default: VAULT_ADDR")
    .option("--insecure-http", "let credentials go unencrypted to an http address of another host")
    .option(
      "--discover",
      "ask the store which engines it has, with the credential at hand, and print the exact policy",
    )
    .option(
      "-m, --mount <path=engine...>",
      "secrets engines, e.g. kv=kv2 old=kv1 pki=pki (without --discover)",
    )
    .option("--auth <path=method...>", "auth methods, e.g. approle=approle (without --discover)")
    .option("--openbao", "the store is OpenBao")
    .addOption(
      new Option("--connector <name>", "kind of store").choices(["aws", "hashicorp"]).default("hashicorp"),
    )
    .option("--organization-role <name>", "AWS: the role to assume in every account of the organisation")
    .option("--member", "AWS: print the policy of that role instead")
    .option("--partition <name>", "AWS: e.g. aws-us-gov; default: aws")
    .addOption(
      new Option("--audit-log <way>", "AWS: how the records of CloudTrail are read").choices([
        "auto",
        "lake",
        "lookup_events",
        "s3",
      ]),
    )
    .option("--log-bucket <name...>", "AWS: buckets that the trails write to (with auto and s3)")
    .option(
      "--log-key <arn...>",
      "AWS: keys that encrypt the trails' files: nothing else can be opened with them",
    )
    .option("--log-store <arn>", "AWS: the event data store (with lake)")
    .addHelpText(
      "after",
      `
An existing countersign.yaml is left as it is. The policy goes to standard output, all else to standard error.

Examples:
  $ countersign init --discover > countersign.hcl     with VAULT_ADDR and VAULT_TOKEN of an operator
  $ countersign init --mount kv=kv2 pki=pki --auth approle=approle
  $ vault policy write countersign countersign.hcl
  $ countersign init --connector aws --organization-role countersign > countersign-policy.json
  $ countersign init --connector aws --audit-log s3 --log-bucket example-org-trail > countersign-policy.json
  $ vault token create -policy=countersign -period=24h -explicit-max-ttl=720h -orphan`,
    )
    .action(async (options: InitOptions) => {
      const { initialise } = await import("../initialising.ts");
      end(await initialise(environment, options));
    });
