import { buildBundle, loadBundle, evaluateAll, openOutcomeCache } from "/work/main/src/policy/index.ts";
import { generated, random } from "/work/main/test/bench/subject-generator.ts";
import { readFileSync, mkdtempSync } from "node:fs"; import { canonicalJson, sha256 } from "/work/main/src/base/index.ts";
const bundle = loadBundle(readFileSync("/work/main/policies/bundle.tar.gz"));
const schema = JSON.parse(readFileSync("/work/main/policies/schemas/secret.json","utf8"));
const mk=(n:number,seed:number)=>{const next=random(seed); return Array.from({length:n},(_,i)=>{const s=(generated(schema,next) as any).subject; return Buffer.from(canonicalJson({...s,id:`s/${seed}-${i}`,gaps:[]}))})};
const N=Number(process.argv[2]??50000); const subs=mk(N,1); const changed=subs.map((l,i)=>i%100===50?mk(1,i+7)[0]!:l);
const dir=mkdtempSync("/tmp/opac/c-");
const run=async(lines:Buffer[])=>{const t=performance.now(); const c0=process.cpuUsage(); const cache=openOutcomeCache(dir,bundle); let b=0; for await(const o of evaluateAll(bundle,lines,{cache})) b+=o.lines.length; cache.close(); const ms=performance.now()-t; const c=process.cpuUsage(c0); console.log("cpu us/subject", ((c.user+c.system)/lines.length).toFixed(2), "sys", (c.system/lines.length).toFixed(2)); console.log((ms*1000/lines.length).toFixed(2),"us/subject", b/lines.length,"B"); return ms};

await run(subs);
const sets=Array.from({length:8},(_,k)=>subs.map((l,i)=>i%100===k+10?mk(1,i+7+k*1e6)[0]!:l));
console.log("---"); (globalThis as any).phase=1;
for(const s of sets) await run(s);
console.log("--- same"); for(let i=0;i<4;i++) await run(sets[7]!);
