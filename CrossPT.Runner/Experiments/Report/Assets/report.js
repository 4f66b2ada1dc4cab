'use strict';
// The switch of the theme, which the browser remembers where it may; and all details open on paper.
document.addEventListener('DOMContentLoaded', () => {
  const root = document.documentElement, button = document.getElementById('theme'), key = 'crosspt-theme';
  const themes = ['system', 'light', 'dark'], names = { system: 'system', light: 'light', dark: 'dark' };
  let theme = 'system';
  try { theme = localStorage.getItem(key) || theme; } catch { }
  const show = () => {
    if (!themes.includes(theme)) theme = 'system';
    if (theme === 'system') root.removeAttribute('data-theme'); else root.setAttribute('data-theme', theme);
    button.textContent = 'Theme: ' + names[theme];
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    show();
    try { localStorage.setItem(key, theme); } catch { }
  });
  show();
  let opened = [];
  window.addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')];
    opened.forEach(one => { one.open = true; });
  });
  window.addEventListener('afterprint', () => opened.forEach(one => { one.open = false; }));
});
