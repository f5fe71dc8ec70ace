/** One style sheet for both pages: light and dark by the system, down to 320 px. */
export const STYLES = `
:root { color-scheme: light dark;
  --page: light-dark(#f6f5f2, #16181b); --card: light-dark(#fff, #1f2226); --ink: light-dark(#1d2126, #e8e9eb);
  --soft: light-dark(#5c646e, #a3abb5); --line: light-dark(#dedcd6, #34383e); --accent: light-dark(#0b5a8a, #7cc4f0);
  --wash: light-dark(#e8f1f7, #1c2f3c); --bad: light-dark(#a3271f, #ff9d94); --badwash: light-dark(#fbeae8, #3b2220);
  font: 15px/1.5 system-ui, "Segoe UI", sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; justify-content: space-between;
  padding: .75rem clamp(.75rem, 4vw, 2rem); background: var(--card); border-bottom: 1px solid var(--line); }
.brand { margin: 0; } .brand span { color: var(--soft); font-size: .85rem; margin-left: .5rem; }
nav { display: flex; gap: .25rem; }
nav a { padding: .35rem .8rem; border-radius: .4rem; color: var(--ink); text-decoration: none; }
nav a[aria-current] { background: var(--wash); color: var(--accent); font-weight: 600; }
main { max-width: 66rem; margin: 0 auto; padding: 1.25rem clamp(.75rem, 4vw, 2rem) 4rem; }
h1 { font-size: 1.4rem; margin: .25rem 0 1rem; line-height: 1.25; } h2 { font-size: 1.05rem; margin: 2rem 0 .75rem; }
h3 { font-size: .95rem; margin: 0 0 .35rem; }
a { color: var(--accent); } :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.soft { color: var(--soft); } .small { font-size: .85rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; }
.empty { text-align: center; padding: 3rem 1rem; }
ul.mail { list-style: none; margin: 0; padding: 0; overflow: hidden; }
ul.mail li + li { border-top: 1px solid var(--line); }
ul.mail a { display: grid; grid-template-columns: 1fr auto; gap: .1rem 1rem; padding: .75rem 1rem; color: inherit; text-decoration: none; }
ul.mail a:hover { background: var(--wash); } ul.mail b { font-weight: 600; } ul.mail time { color: var(--soft); font-size: .85rem; }
ul.mail .line { grid-column: 1 / -1; color: var(--soft); font-size: .85rem; }
@media (max-width: 30rem) { ul.mail a { grid-template-columns: 1fr; } iframe { height: 24rem; } }
dl { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; min-width: 0; }
pre, code { font: .85rem/1.5 ui-monospace, Consolas, monospace; } pre { margin: 0; white-space: pre-wrap; }
iframe { width: 100%; height: 32rem; border: 1px solid var(--line); border-radius: .4rem; background: #fff; color-scheme: light; }
details { margin-top: .75rem; } summary { cursor: pointer; padding: .35rem 0; font-weight: 600; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: .75rem; }
.card > p:first-child { margin-top: 0; }
.card + .grid { margin-top: .75rem; } .grid button { padding: .2rem .55rem; font-size: .85rem; }
.grid .card { padding: .75rem; display: flex; flex-direction: column; gap: .5rem; } .grid p { margin: 0; }
.grid form { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: auto; }
.on { border-color: var(--bad); background: var(--badwash); } .on h3::after { content: " · on"; color: var(--bad); }
button, input, select { font: inherit; color: inherit; padding: .35rem .7rem; border-radius: .4rem; border: 1px solid var(--line); background: var(--page); }
input, select { flex: 1 1 8rem; min-width: 0; } button { cursor: pointer; } button:hover { border-color: var(--accent); }
.note { border-left: 4px solid var(--accent); margin-bottom: 1rem; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; justify-content: space-between; } .bar h1 { margin: 0; }
.acts { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: .75rem; }
.post { margin-bottom: .75rem; } .post h2 { margin-top: 0; }
.scroll { overflow-x: auto; padding: 0; } table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: left; padding: .45rem .75rem; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; }
.tag.bad { color: var(--bad); border-color: currentColor; }
`
