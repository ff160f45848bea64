// Puts the interactive chart in the place of the still picture. Where it cannot, the picture stays.

for (const place of document.querySelectorAll("[data-chart]")) {
  try {
    const answer = await fetch(place.dataset.chart, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const item = await answer.json();
    const target = document.createElement("div");
    const still = [...place.childNodes];
    place.append(target);
    await Bokeh.embed.embed_item(item, target);
    for (const node of still) node.remove();
    place.dataset.drawn = "yes";
  } catch (error) {
    console.warn("the still picture stays:", error);
    place.dataset.drawn = "no";
  }
}
