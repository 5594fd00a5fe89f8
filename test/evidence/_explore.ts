import { openExample, judge, exampleRecords } from "/work/main/test/evidence/example.ts";
import { FactSet, type Gap, type Fact } from "/work/main/src/facts/index.ts";
const ex = await openExample();
let t = performance.now();
const base = judge(ex, ex.facts);
console.log("judge ms", performance.now()-t, base.subjects.length, base.outcomes.size, ex.facts.counts(), ex.facts.gaps.length);
t = performance.now(); judge(ex, ex.facts); console.log("2nd", performance.now()-t);
const counts: Record<string, number> = {};
for (const o of base.outcomes.values()) counts[o.outcome] = (counts[o.outcome]??0)+1;
console.log(counts);
const sc: Record<string, number> = {};
for (const s of base.controls.values()) sc[s]=(sc[s]??0)+1;
console.log(sc);
const all=[...ex.facts.all()];
const kinds=[...new Set(all.map(f=>f.kind))];
for (const mode of ["gap","nogap"]) for (const kind of kinds) {
  const removed = all.filter(f=>f.kind===kind);
  const kept = all.filter(f=>f.kind!==kind);
  const gaps: Gap[] = mode==="gap"? removed.map(f=>({store_id:f.store_id,scope:f.scope,resource:f.id,operation:"test."+kind,reason:"denied",hides:[kind],detail:"removed"})): [];
  const after = judge(ex, new FactSet(kept,[...ex.facts.gaps,...gaps]));
  const bad: Record<string,string[]> = {};
  for (const [k,o] of after.outcomes) { const was=base.outcomes.get(k)?.outcome; 
    if (["compliant","not_applicable"].includes(o.outcome) && was!==o.outcome) (bad[`${k.split(" ")[0]} ${was}->${o.outcome}`]??=[]).push(k); 
    if (o.outcome==="violation" && was!=="violation") (bad[`${k.split(" ")[0]} ${was}->${o.outcome}`]??=[]).push(k); }
  for (const [k,s] of after.controls) if (s==="satisfied"&&base.controls.get(k)!==s || s==="not_applicable"&&base.controls.get(k)!==s) (bad["control "+base.controls.get(k)+"->"+s]??=[]).push(k);
  for (const [k,v] of Object.entries(bad)) console.log(mode,kind,k,v.length,v[0]);
}
