using System.Net;
using System.Text;

namespace RnnSweep.Client.Live;

/// <summary>The page around the report: the progress of the run, and the report in a frame that is loaded again when it has changed.</summary>
internal static class WatchPage
{
    /// <summary>The page as UTF-8.</summary>
    /// <param name="title">The sweep's title.</param>
    /// <param name="root">The path, with a slash at its end, below which <c>report</c> and <c>events</c> are served. It has no character that HTML or JavaScript escapes.</param>
    public static byte[] Of(string title, string root) => Encoding.UTF8.GetBytes($$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'">
        <title>{{WebUtility.HtmlEncode(title)}} · RnnSweep</title>
        <style>
        :root { color-scheme: light dark }
        html, body { height: 100%; margin: 0 }
        body { display: flex; flex-direction: column; font: 15px/1.4 system-ui, sans-serif }
        #progress { margin: 0; padding: .5em 1em; font-variant-numeric: tabular-nums; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent) }
        #frames { flex: 1; position: relative }
        iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0 }
        iframe.coming { visibility: hidden }
        </style>
        </head>
        <body>
        <p id="progress" role="status">…</p>
        <div id="frames"><iframe title="Report" src="{{root}}report"></iframe></div>
        <script>
        'use strict';
        const progress = document.getElementById('progress'), frames = document.getElementById('frames');
        let coming = null, again = false;
        // The next report is loaded behind the one that is seen, and takes its place, scrolled alike.
        const load = then => {
          if (coming) { again = true; coming.then = then ?? coming.then; return; }
          coming = document.createElement('iframe');
          coming.title = 'Report';
          coming.className = 'coming';
          coming.then = then;
          coming.addEventListener('load', () => {
            const [old, next] = [frames.firstElementChild, coming];
            coming = null;
            if (again) { again = false; next.remove(); load(next.then); return; }
            next.contentWindow.scrollTo(old.contentWindow.scrollX, old.contentWindow.scrollY);
            next.className = '';
            old.remove();
            next.then?.();
          });
          coming.src = '{{root}}report';
          frames.append(coming);
        };
        const events = new EventSource('{{root}}events');
        let over = false;
        events.addEventListener('progress', event => { progress.textContent = event.data; });
        events.addEventListener('page', () => load());
        events.addEventListener('end', event => { over = true; progress.textContent = event.data; load(() => events.close()); });
        events.addEventListener('error', () => { if (over) events.close(); else progress.textContent = 'The run does not answer any more.'; });
        </script>
        </body>
        </html>
        """);
}
