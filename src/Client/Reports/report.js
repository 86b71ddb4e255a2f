'use strict';
(() => {
  const { columns, prefixes, hidden, coordinates, rows, figures } = JSON.parse(document.getElementById('data').textContent);
  const shown = value => value === null ? '' : typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);

  // What is pointed at, by mouse, touch and keyboard: a short label with the number and its coordinates, and below the figure the other numbers of the cell.
  const box = document.getElementById('pointer');
  const clear = () => {
    box.hidden = true;
    document.querySelectorAll('.cursor').forEach(cursor => cursor.remove());
  };
  const element = (name, ...children) => {
    const made = document.createElement(name);
    made.append(...children);
    return made;
  };
  // x_T and x_{T-k} have subscripts.
  const formula = text => text.split(/_(\{[^}]*\}|[^ ])/).map((part, i) => i % 2 ? element('sub', part.replace(/[{}]/g, '')) : part);
  const minus = value => shown(value).replaceAll('-', '\u2212');
  const at = row => prefixes.flatMap((prefix, i) => prefix === null ? [] : [prefix + (typeof rows[row][i] === 'number' || !isNaN(rows[row][i]) ? minus(rows[row][i]) : rows[row][i])]);
  const fill = (svg, row, numbers, also) => {
    const first = element('div');
    numbers.forEach(([label, value], i) => first.append(i > 0 ? ', ' : '', ...formula(label), numbers.length > 1 ? ' ' : ': ', element('b', minus(value))));
    box.replaceChildren(first, element('div', ...[...also.map(formula), ...at(row)].flatMap((part, i) => i > 0 ? [', ', part].flat() : part)));
    box.dataset.row = row;
    box.hidden = false;
    const figure = svg.closest('figure');
    const list = figure.querySelector('.pointed') ?? figure.insertBefore(element('dl'), figure.querySelector('code'));
    list.className = 'pointed';
    list.replaceChildren(...columns.flatMap((column, i) =>
      rows[row][i] === null || hidden[i] ? [] : [element('div', element('dt', column), element('dd', shown(rows[row][i])))]));
  };
  const place = (x, y) => {
    const { width, height } = box.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    const left = x + 16 + width <= room - 8 ? x + 16 : x - 16 - width >= 8 ? x - 16 - width : Math.max(8, (room - width) / 2);
    const top = left === Math.max(8, (room - width) / 2) && y - 24 - height >= 8 ? y - 24 - height : y + 16;
    box.style.left = `${left}px`;
    box.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  };
  const mark = (svg, shape, attributes) => {
    const cursor = document.createElementNS('http://www.w3.org/2000/svg', shape);
    cursor.setAttribute('class', 'cursor');
    for (const [name, value] of Object.entries(attributes)) cursor.setAttribute(name, value);
    svg.append(cursor);
  };
  const cellOf = (row, column) => rows[row][columns.indexOf(column)] ?? 'no number';
  const bin = (edges, value) => {
    for (let i = 0; i + 1 < edges.length; i++) {
      if (value >= Math.min(edges[i], edges[i + 1]) && value <= Math.max(edges[i], edges[i + 1])) return i;
    }
    return -1;
  };

  // Each kind of figure finds the target at a place, its neighbour in a direction, and its middle.
  const kinds = {
    grid: ({ x, y, rows, parts, label, values, yLabel, yValues }, isOff) => {
      const [nx, ny] = [x.length - 1, y.length - 1];
      return {
        first: () => 0,
        at: (px, py) => { const [i, j] = [bin(x, px), bin(y, py)]; return i < 0 || j < 0 ? -1 : i * ny + j; },
        next: (t, dx, dy) => Math.min(nx - 1, Math.max(0, Math.floor(t / ny) + dx)) * ny + Math.min(ny - 1, Math.max(0, t % ny + dy)),
        row: t => rows[t],
        numbers: t => values ? [[label, values[t]]] : parts.flatMap((part, i) => i % 2 ? [] : [[part, cellOf(rows[t], parts[i + 1])]]),
        also: t => yLabel ? [`${yLabel} = ${yValues[t % ny]}`] : [],
        middle: t => { const i = Math.floor(t / ny), j = t % ny; return [(x[i] + x[i + 1]) / 2, (y[j] + y[j + 1]) / 2]; },
        mark: (svg, t) => {
          const i = Math.floor(t / ny), j = t % ny;
          mark(svg, 'rect', { x: x[i], y: y[j + 1], width: x[i + 1] - x[i], height: y[j] - y[j + 1] });
        },
      };
    },
    points: ({ points, label, values, xLabel, xValues, names }, isOff) => {
      const of = t => points.slice(4 * t, 4 * t + 4), count = points.length / 4;
      const nearest = (px, py, most, wanted) => {
        let best = -1, distance = most;
        for (let t = 0; t < count; t++) {
          const [x, y, , series] = of(t), d = Math.hypot(x - px, y - py);
          if (d < distance && !isOff(series) && wanted(series, x)) [best, distance] = [t, d];
        }
        return best;
      };
      return {
        first: () => [...Array(count).keys()].find(t => !isOff(of(t)[3])) ?? -1,
        at: (px, py) => nearest(px, py, 28, () => true),
        next: (t, dx, dy) => {
          const [x, y, , series] = of(t);
          const found = dx !== 0
            ? nearest(x, y, Infinity, (s, px) => s === series && (px - x) * dx > 1e-6)
            : [...Array(count).keys()].filter(o => of(o)[3] !== series && !isOff(of(o)[3]) && (y - of(o)[1]) * dy > 0 && Math.abs(of(o)[0] - x) < 0.1)
              .sort((a, b) => Math.abs(of(a)[1] - y) - Math.abs(of(b)[1] - y))[0] ?? -1;
          return found < 0 ? t : found;
        },
        row: t => of(t)[2],
        numbers: t => [[label, values[t]]],
        also: t => [...names && names[of(t)[3]] ? [names[of(t)[3]]] : [], ...xLabel ? [`${xLabel} = ${minus(xValues[t])}`] : []],
        middle: t => of(t).slice(0, 2),
        mark: (svg, t) => mark(svg, 'circle', { cx: of(t)[0], cy: of(t)[1], r: 6.5 }),
      };
    },
  };

  for (const svg of document.querySelectorAll('svg.figure')) {
    const targets = figures[svg.dataset.name];
    const off = new Set();
    const figure = (targets.points ? kinds.points : kinds.grid)(targets, series => targets.keys[series].split(' ').some(key => off.has(key)));
    let current = -1;

    // A legend entry hides and shows its lines.
    for (const entry of svg.querySelectorAll('[data-entry]')) {
      const key = entry.dataset.entry, words = entry.querySelector('text').textContent;
      const toggle = event => {
        event.preventDefault();
        event.stopPropagation();
        clear();
        current = -1;
        if (!off.delete(key)) off.add(key);
        entry.classList.toggle('off', off.has(key));
        entry.setAttribute('aria-pressed', String(!off.has(key)));
        for (const group of svg.querySelectorAll('[data-keys]')) group.classList.toggle('off', group.dataset.keys.split(' ').some(one => off.has(one)));
      };
      for (const [name, value] of Object.entries({ tabindex: 0, role: 'button', 'aria-pressed': 'true', 'aria-label': `show ${words}` })) entry.setAttribute(name, value);
      entry.addEventListener('click', toggle);
      entry.addEventListener('keydown', event => { if (event.key === 'Enter' || event.key === ' ') toggle(event); });
    }

    const show = (target, x, y) => {
      clear();
      current = target;
      if (target < 0 || figure.row(target) < 0) return;
      figure.mark(svg, target);
      fill(svg, figure.row(target), figure.numbers(target), figure.also(target));
      place(x, y);
    };
    const point = event => {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      show(figure.at(x, y), event.clientX, event.clientY);
    };
    const showByKey = target => {
      if (target < 0) return;
      const [x, y] = figure.middle(target);
      const on = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
      show(target, on.x, on.y);
    };
    svg.addEventListener('pointermove', point);
    svg.addEventListener('pointerdown', point);
    svg.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') clear(); });
    svg.addEventListener('focus', () => { if (svg.matches(':focus-visible')) showByKey(current < 0 ? figure.first() : current); });
    svg.addEventListener('blur', clear);
    svg.addEventListener('keydown', event => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (event.key === 'Escape') clear();
      if (!step) return;
      event.preventDefault();
      showByKey(current < 0 ? figure.first() : figure.next(current, ...step));
    });
  }
  addEventListener('scroll', clear, { passive: true });
  addEventListener('pointerdown', event => { if (!event.target.closest('svg.figure')) clear(); });

  // Many panels: one at a time, by choice.
  for (const section of document.querySelectorAll('section')) {
    const panels = [...section.querySelectorAll('.panel')];
    if (panels.length <= 6) continue;
    const label = document.createElement('label'), select = document.createElement('select');
    label.className = 'choice';
    label.append('Shown', select);
    for (const panel of panels) select.append(new Option(panel.querySelector('figcaption').textContent));
    const choose = () => panels.forEach((panel, i) => { panel.hidden = i !== select.selectedIndex; });
    select.addEventListener('change', choose);
    section.querySelector('.panels').classList.add('chosen');
    section.querySelector('.panels').before(label);
    choose();
  }

  // The table: a hundred rows at first, sorted by any column.
  const body = document.querySelector('tbody'), heads = [...document.querySelectorAll('thead th')];
  const scroll = body.closest('.scroll'), outline = scroll.parentElement;
  const more = document.getElementById('more'), drawn = document.getElementById('drawn');
  let order = rows.map((_, i) => i), count = 100;
  const names = columns.map((_, i) => rows.some(row => typeof row[i] === 'string' && Number.isNaN(Number(row[i].replace('Infinity', '0')))));
  heads.forEach((head, i) => head.classList.toggle('name', names[i]));
  const draw = () => {
    body.replaceChildren(...order.slice(0, count).map(index => {
      const line = document.createElement('tr');
      line.append(...rows[index].map((value, i) => {
        const field = document.createElement('td');
        field.textContent = shown(value);
        if (names[i]) field.className = 'name';
        if (hidden[i]) field.classList.add('idle');
        return field;
      }));
      return line;
    }));
    if (more) {
      drawn.textContent = Math.min(count, rows.length);
      more.hidden = count >= rows.length;
    }
    stick();
  };

  // The coordinates stay where the rest is scrolled: as many as leave most of the box to it.
  const stick = () => {
    const widths = heads.slice(0, coordinates).map(head => head.getBoundingClientRect().width);
    const most = 0.6 * scroll.clientWidth;
    for (let i = 0, left = 0; i < coordinates; left += widths[i++]) {
      const isFixed = left + widths[i] < most;
      for (const field of [heads[i], ...[...body.rows].map(line => line.cells[i])]) {
        field.classList.toggle('fixed', isFixed);
        field.style.left = isFixed ? `${left}px` : '';
      }
    }
    cue();
  };

  // Shades the right and the lower end of the table where more of it lies beyond.
  const cue = () => {
    outline.classList.toggle('more-right', scroll.scrollLeft + scroll.clientWidth < scroll.scrollWidth - 2);
    outline.classList.toggle('more-below', scroll.scrollTop + scroll.clientHeight < scroll.scrollHeight - 2);
  };
  scroll.addEventListener('scroll', cue, { passive: true });
  document.getElementById('all')?.addEventListener('change', stick);
  more?.addEventListener('click', () => { count += 500; draw(); });
  addEventListener('resize', stick);
  heads.forEach((head, i) => head.firstChild.addEventListener('click', () => {
    const down = head.getAttribute('aria-sort') === 'ascending';
    heads.forEach(other => other.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const sign = down ? -1 : 1, missing = value => value === null || value === '';
    order = rows.map((_, row) => row).sort((a, b) => {
      const [p, q] = [rows[a][i], rows[b][i]];
      if (missing(p) || missing(q)) return missing(p) - missing(q) || a - b;
      return sign * (names[i] ? String(p).localeCompare(String(q), 'en') : Number(p) - Number(q)) || a - b;
    });
    draw();
  }));
  draw();
})();
