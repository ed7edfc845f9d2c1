// Examples of requests that conditions hold for: what conflicts in a policy are found and shown with.
export { branchesOf } from './normal-form.ts';
export { operandsOf, referenceOf, textOf } from './references.ts';
export { findExample, type Demand, type Example, type Search } from './search.ts';
export { showExample } from './show.ts';
export { worldOf, type World } from './world.ts';
