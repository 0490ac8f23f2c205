// What axe-core finds wrong with a page, at several widths and in both colour schemes.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCHEMES = ['light', 'dark'];

/** One line for each violation. The page is left at the last width and scheme. */
export async function axeEverywhere(page, widths) {
  const violations = [];
  for (const width of widths) {
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.evaluate(AXE);
      const result = await page.evaluate(() => window.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }));
      for (const { id, nodes } of result.violations) {
        violations.push(`${width}px ${colorScheme}: ${id}: ${nodes.map((node) => node.html).join(' | ')}`);
      }
    }
  }
  return violations;
}
