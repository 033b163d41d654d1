/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * page.c: see page.h. Colours are said once for light and once for dark; charts and cells take
 * theirs from there.
 */
#include "report/page.h"

#include <stddef.h>

/* clang-format off */
static const char *const head[] = {
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n"
    "<style>\n",
    ":root{--back:#fff;--card:#f5f6f8;--text:#1a2130;--soft:#5a6475;--line:#dde1e8;--good:#137a"
    "41;--bad:#b42318;\n",
    "--cell:37,99,235;--miss:200,70,20;--c0:#2563eb;--c1:#d9600b;--c2:#0f8a5f;--c3:#b4379b;--c4"
    ":#8a6d00;--c5:#0891b2;--c6:#7c4ddb;--c7:#6b7280;\n",
    "--k:#8b2fa8;--s:#0f7a4c;--n:#b0560a;--f:#1d5fbf;color-scheme:light dark}\n",
    "@media (prefers-color-scheme:dark){:root{--back:#11151c;--card:#191f29;--text:#e3e7ee;--so"
    "ft:#96a1b3;--line:#2b3442;--good:#4cc38a;--bad:#ff8a75;\n",
    "--cell:84,140,255;--miss:240,120,60;--c0:#6ea2ff;--c1:#ff9a57;--c2:#45c796;--c3:#e587d2;--"
    "c4:#d6b53c;--c5:#4cc4dd;--c6:#b39bff;--c7:#a3acba;\n",
    "--k:#d59bea;--s:#7fd1a3;--n:#f0ae6a;--f:#82b1ff}}\n",
    "*{box-sizing:border-box}\n",
    "html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}\n",
    "body{margin:0 auto;max-width:74rem;padding:1.5rem 1.25rem 3rem;background:var(--back);colo"
    "r:var(--text);\n",
    "font:16px/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\",s"
    "ans-serif}\n",
    "h1{font-size:1.75rem;line-height:1.2;margin:0;overflow-wrap:anywhere}\n",
    "h2{font-size:1.2rem;line-height:1.3;margin:2.75rem 0 .75rem;padding-top:.9rem;border-top:1"
    "px solid var(--line);scroll-margin-top:.5rem}\n",
    "h3{font-size:1rem;margin:1.5rem 0 .5rem}\n",
    "p{margin:.4rem 0;max-width:60rem}a{color:var(--c0)}\n",
    ".soft{color:var(--soft)}small,.small{font-size:.86rem}\n",
    "code,pre{font:.81rem/1.55 ui-monospace,SFMono-Regular,Consolas,\"DejaVu Sans Mono\",monosp"
    "ace}\n",
    "code{overflow-wrap:anywhere}\n",
    "pre{background:var(--card);padding:1rem;overflow-x:auto;border-radius:8px;tab-size:4;margi"
    "n:.5rem 0}\n",
    "pre .k{color:var(--k)}pre .s{color:var(--s)}pre .d{color:var(--n)}pre .f{color:var(--f)}pr"
    "e .r{color:var(--soft);font-style:italic}\n",
    "header .top{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1rem}\n",
    ".badge{display:inline-block;border-radius:99px;padding:.1rem .75rem;font-size:.86rem;font-"
    "weight:600;border:1px solid currentColor}\n",
    ".good{color:var(--good)}.bad{color:var(--bad)}\n",
    "nav{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:1rem 0 0;font-size:.9rem}nav a{tex"
    "t-decoration:none}nav a:hover{text-decoration:underline}\n",
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.75rem,1fr));gap:.75rem;"
    "margin:1.25rem 0 0}\n",
    ".tile{background:var(--card);border-radius:8px;padding:.7rem .9rem}\n",
    ".tile span{display:block;color:var(--soft);font-size:.84rem;line-height:1.35}\n",
    ".tile b{display:block;font-size:1.4rem;font-weight:650;line-height:1.35;font-variant-numer"
    "ic:tabular-nums;white-space:nowrap}\n",
    ".grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:"
    "1rem;align-items:start}\n",
    ".two{display:flex;flex-wrap:wrap;gap:1.25rem 3rem;align-items:flex-start}.two>*{max-width:"
    "100%}.grid>*{min-width:0}.two>h3:first-child,.two h3{margin-top:0}\n",
    "figure{margin:0;background:var(--card);border-radius:8px;padding:.8rem .8rem .5rem}\n",
    "figcaption{font-size:.92rem;line-height:1.4;margin-bottom:.35rem;padding:0 .2rem;overflow-"
    "wrap:anywhere}\n",
    ".legend{display:flex;flex-wrap:wrap;gap:0 .9rem;font-size:.84rem;margin-top:.1rem}\n",
    ".key{color:var(--soft);max-width:100%}.key::before{content:\"\";display:inline-block;width"
    ":1.3em;margin-right:.4em;vertical-align:.25em;border-top:2.5px solid var(--c)}\n",
    ".key.dashed::before{border-top-style:dashed}\n",
    ".c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}"
    ".c5{--c:var(--c5)}.c6{--c:var(--c6)}.c7{--c:var(--c7)}\n",
    "svg{width:100%;height:auto;display:block;font:11px system-ui,-apple-system,\"Segoe UI\",Ro"
    "boto,\"Noto Sans\",\"DejaVu Sans\",sans-serif;overflow:visible}\n",
    "svg text{fill:var(--soft);font-variant-numeric:tabular-nums}.e{text-anchor:end}.m{text-anc"
    "hor:middle}\n",
    "svg path{fill:none}path.grid{stroke:var(--line);stroke-width:1}path.axis{stroke:var(--soft"
    ");stroke-width:1;opacity:.6}\n",
    "path.diagonal{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 4;opacity:.8}path.mark{"
    "stroke:var(--good);stroke-width:1.5;stroke-dasharray:2 3}\n",
    "path.line{stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}path.d"
    "ashed{stroke-dasharray:5 4}\n",
    "path.faint{opacity:.4;stroke-width:1.25}path.faint:hover{opacity:1;stroke-width:3}\n",
    ".dot{fill:var(--c)}.thin{opacity:.55}.point{fill:var(--c);opacity:0}.point:hover{opacity:1"
    "}\n",
    ".hit rect{fill:transparent}.hit>path{stroke:var(--soft);stroke-width:1;opacity:0}.hit circ"
    "le{fill:var(--c);stroke:var(--card);stroke-width:1.5;opacity:0}\n",
    ".hit:hover>path{opacity:.6}.hit:hover circle{opacity:1}.bar rect.fill{fill:var(--c0);opaci"
    "ty:.75}.bar:hover rect.fill{opacity:1}\n",
    ".map{flex:1 1 26rem}.heat{padding:.8rem;max-width:42rem}.heat .ground{fill:var(--back)}.hi"
    "t-cell{fill:rgb(var(--cell));opacity:var(--s)}.miss-cell{fill:rgb(var(--miss));opacity:var"
    "(--s)}\n",
    ".wide{overflow-x:auto;max-width:100%}.long{overflow:auto;max-height:36rem}\n",
    "table{border-collapse:collapse;font-size:.91rem;font-variant-numeric:tabular-nums}\n",
    "th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid var(--line);white-space"
    ":nowrap;font-weight:400}\n",
    "th[scope=row]{text-align:left;max-width:18rem;overflow:hidden;text-overflow:ellipsis}\n",
    "thead th{color:var(--soft);font-weight:600;font-size:.86rem;vertical-align:bottom}thead th"
    ":first-child,.name,thead th.name{text-align:left}\n",
    ".long thead th{position:sticky;top:0;background:var(--back)}tr.total>*{font-weight:600}\n",
    "td.text{white-space:normal;text-align:left;overflow-wrap:anywhere;min-width:9rem}\n",
    ".matrix{border-collapse:separate;border-spacing:2px}.matrix th,.matrix td{border:0}\n",
    ".matrix thead th:first-child{max-width:none!important;text-align:left!important}.matrix td"
    "{text-align:center;min-width:2.9rem;border-radius:3px}.matrix thead th{text-align:center;m"
    "ax-width:7rem;overflow:hidden;text-overflow:ellipsis}\n",
    ".matrix.tall thead th:not(:first-child){writing-mode:vertical-rl;transform:rotate(180deg);"
    "text-align:left;max-height:9rem;padding:.4rem .3rem}\n",
    ".matrix.many td{min-width:2.1rem;padding:.25rem .3rem;font-size:.82rem}\n",
    "td.hit{background:rgba(var(--cell),var(--s))}td.miss{background:rgba(var(--miss),var(--s))"
    "}\n",
    ".choice{margin:.2rem 0 .6rem;font-size:.88rem}.choice label{margin-right:1rem}.share{displ"
    "ay:none}\n",
    ".percent:checked~* .share{display:inline}.percent:checked~* .absolute{display:none}\n",
    ".bars{display:flex;height:.7rem;width:11rem;border-radius:3px;overflow:hidden;background:v"
    "ar(--card)}.bars i{background:var(--c);height:100%}\n",
    ".cards.texts{grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr))}.card p{marg"
    "in:.4rem 0 0;overflow-wrap:anywhere}.words{overflow-wrap:anywhere;text-align:left}\n",
    ".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.75rem}"
    "\n",
    ".card{background:var(--card);border-radius:8px;padding:.55rem;font-size:.84rem;line-height"
    ":1.4;overflow-wrap:anywhere;min-width:0}\n",
    ".card img{display:block;width:100%;aspect-ratio:1;object-fit:contain;image-rendering:pixel"
    "ated;border-radius:4px;background:var(--back);margin-bottom:.45rem}\n",
    ".tip{position:fixed;z-index:9;pointer-events:none;white-space:pre;max-width:calc(100vw - 1"
    "6px);overflow:hidden;text-overflow:ellipsis;background:var(--text);color:var(--back);\n",
    "font-size:.8rem;line-height:1.4;padding:.3rem .55rem;border-radius:5px;font-variant-numeri"
    "c:tabular-nums}\n",
    "footer{margin-top:3rem;font-size:.84rem;color:var(--soft)}\n",
    "@media (max-width:30rem){body{padding:1rem .8rem 2rem}h1{font-size:1.4rem}th,td{padding:.2"
    "8rem .45rem}.tile b{font-size:1.2rem}.bars{width:7rem}}\n",
    "@media print{:root{--back:#fff;--card:#fff;--text:#000;--soft:#444;--line:#bbb}body{max-wi"
    "dth:none;padding:0;font-size:10.5pt}nav,.choice,.percent,.tip{display:none}\n",
    ".tile,figure,.card,pre{border:1px solid #bbb}.long{max-height:none;overflow:visible}.wide{"
    "overflow:visible}figure,.card,.tile,tr{break-inside:avoid}h2,h3,h2+p{break-after:avoid}\n",
    "pre{white-space:pre-wrap}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n",
    "</style>\n",
};

static const char *const script[] = {
    "<script>\n",
    "(()=>{\n",
    "const tip=document.createElement('div');tip.className='tip';tip.hidden=true;document.body."
    "append(tip);\n",
    "for(const t of document.querySelectorAll('svg title')){t.parentNode.dataset.tip=t.textCont"
    "ent;t.remove()}\n",
    "for(const e of document.querySelectorAll('td[title],.bars i[title]')){e.dataset.tip=e.titl"
    "e;e.removeAttribute('title')}\n",
    "const show=e=>{const at=e.target.closest&&e.target.closest('[data-tip]');tip.hidden=!at;if"
    "(!at)return;\n",
    "tip.textContent=at.dataset.tip;const r=tip.getBoundingClientRect(),x=e.clientX+14,y=e.clie"
    "ntY+14;\n",
    "tip.style.left=Math.max(8,x+r.width>innerWidth-8?e.clientX-r.width-10:x)+'px';\n",
    "tip.style.top=(y+r.height>innerHeight-8?e.clientY-r.height-10:y)+'px'};\n",
    "addEventListener('pointermove',show);addEventListener('pointerdown',show);\n",
    "addEventListener('scroll',()=>{tip.hidden=true},{passive:true});\n",
    "})()\n",
    "</script>\n",
};
/* clang-format on */

void ingot_page_head(ingot_html *html) {
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) ingot_html_add(html, "%s", head[i]);
}

void ingot_page_script(ingot_html *html) {
    for (size_t i = 0; i < sizeof script / sizeof *script; i++) {
        ingot_html_add(html, "%s", script[i]);
    }
}
