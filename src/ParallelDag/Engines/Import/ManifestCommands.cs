using System.Globalization;
using ParallelDag.Documents;

namespace ParallelDag.Engines.Import;

/// <summary>
/// Finds what starts an engine in a document: containers of Kubernetes objects (LeaderWorkerSet, DisaggregatedSet, Dynamo, llm-d's values
/// and whatever else has <c>containers</c>), KServe's typed parallelism, Ray's <c>engine_kwargs</c>, or the engine's own file.
/// </summary>
internal sealed class ManifestCommands(EngineKind engine)
{
    private static readonly (string Key, string Means)[] Parallelism =
        [("tensor", "tp"), ("pipeline", "pp"), ("data", "dp"), ("dataLocal", "dpLocal")];

    private readonly List<ImportedCommand> _found = [];

    /// <summary>The commands of a document.</summary>
    public static IReadOnlyList<ImportedCommand> Find(EngineKind engine, DocumentNode document)
    {
        var search = new ManifestCommands(engine);
        if (engine == EngineKind.Trtllm && document is DocumentMap file
            && file.Entries.Any(entry => EngineTable.Of(engine).FindField(entry.Key) is not null))
            return [new ImportedCommand { Config = file }];
        search.Visit(document, new ImportedCommand());
        return search._found;
    }

    private void Visit(DocumentNode node, ImportedCommand around)
    {
        if (node is DocumentList list)
        {
            foreach (DocumentNode item in list.Items)
                Visit(item, around);
        }

        if (node is not DocumentMap map)
            return;
        around = Around(map, around);
        if (map.Find("containers") is DocumentList containers)
        {
            foreach (DocumentMap container in containers.Items.OfType<DocumentMap>())
                Container(container, around);
        }

        if (map.Find("engine_kwargs") is DocumentMap options)
        {
            int replicas = map.Find("deployment_config") is DocumentMap deployment ? Number(deployment, "num_replicas") ?? 1 : 1;
            _found.Add(around with { Words = Flags(options), Replicas = replicas });
        }

        foreach (DocumentEntry entry in map.Entries)
        {
            if (entry.Key is "containers" or "engine_kwargs" || (entry.Key == "worker" && map.Find("template") is not null))
                continue;
            ServingRole? role = entry.Key switch
            {
                "prefill" or "prefill_config" => ServingRole.Prefill,
                "decode" when map.Find("prefill") is DocumentMap absent && Text(absent, "create") == "false" => null,
                "decode" or "decode_config" => ServingRole.Decode,
                _ => null,
            };
            Visit(entry.Value, role is null ? around : around with { Role = role, Typed = [], Nodes = null });
        }
    }

    private static ImportedCommand Around(DocumentMap map, ImportedCommand around)
    {
        if (Number(map, "replicas") is int replicas)
            around = around with { Replicas = replicas };
        if (map.Find("leaderWorkerTemplate") is DocumentMap template && Number(template, "size") is int size)
            around = around with { Nodes = size };
        if (map.Find("multinode") is DocumentMap several && Number(several, "nodeCount") is int nodes)
            around = around with { Nodes = nodes };
        string? kind = Text(map, "type") ?? (map.Find("spec") is not null ? Text(map, "name") : null);
        if (kind is "prefill" or "decode")
            around = around with { Role = kind == "prefill" ? ServingRole.Prefill : ServingRole.Decode };
        if (map.Find("parallelism") is DocumentMap sizes)
        {
            var typed = Parallelism.Where(known => Number(sizes, known.Key) is not null)
                .Select(known => (known.Means, Number(sizes, known.Key)!.Value.ToString(CultureInfo.InvariantCulture))).ToList();
            if (Text(sizes, "expert") == "true")
                typed.Add(("ep", "true"));
            around = around with { Typed = typed, Role = map.Find("prefill") is DocumentMap ? ServingRole.Decode : around.Role };
        }

        return around;
    }

    private void Container(DocumentMap container, ImportedCommand around)
    {
        if (Gpus(container) is int gpus)
            around = around with { GpusPerNode = gpus };
        var variables = new Dictionary<string, string>();
        foreach (DocumentMap variable in (container.Find("env") as DocumentList)?.Items.OfType<DocumentMap>() ?? [])
        {
            if (Text(variable, "name") is string name && Text(variable, "value") is string value)
                variables[name] = value;
        }

        if (variables.TryGetValue("VLLM_ADDITIONAL_ARGS", out string? rest))
        {
            _found.Add(around with { Variables = variables, Words = ShellText.Read(rest) is [ShellCommand first, ..] ? first.Words : [] });
            return;
        }

        string[] words = [.. Texts(container, "command"), .. Texts(container, "args")];
        if (EngineStart.Arguments(engine, words, out _) is not null)
        {
            _found.Add(around with { Variables = variables, Typed = [], Words = words });
            return;
        }

        foreach (ShellCommand command in words.Where(word => word.Contains(' ', StringComparison.Ordinal)).SelectMany(ShellText.Read))
        {
            if (EngineStart.Arguments(engine, command.Words, out _) is null)
                continue;
            foreach ((string name, string value) in command.Variables)
                variables[name] = value;
            _found.Add(around with { Variables = variables, Typed = [], Words = command.Words, Documents = command.Documents });
        }
    }

    private static int? Gpus(DocumentMap container)
    {
        DocumentMap? limits = (container.Find("resources") as DocumentMap)?.Find("limits") as DocumentMap;
        return limits?.Entries.Where(entry => entry.Key.EndsWith("/gpu", StringComparison.Ordinal) || entry.Key == "gpu")
            .Select(entry => Number(limits, entry.Key)).FirstOrDefault();
    }

    private static List<string> Flags(DocumentMap options)
    {
        var words = new List<string>();
        foreach (DocumentEntry entry in options.Entries)
        {
            string flag = "--" + entry.Key.Replace('_', '-');
            if (entry.Value is DocumentMap map)
                words.AddRange(map.Entries.SelectMany(
                    inner => new[] { $"{flag}.{inner.Key}", (inner.Value as DocumentScalar)?.Text ?? "" }));
            else if (entry.Value is DocumentScalar { Text: "true" })
                words.Add(flag);
            else if (entry.Value is DocumentScalar scalar && scalar.Text != "false")
                words.AddRange([flag, scalar.Text]);
        }

        return words;
    }

    private static string? Text(DocumentMap map, string key) => (map.Find(key) as DocumentScalar)?.Text;

    private static IEnumerable<string> Texts(DocumentMap map, string key) => map.Find(key) switch
    {
        DocumentList list => list.Items.OfType<DocumentScalar>().Select(item => item.Text),
        DocumentScalar scalar => [scalar.Text],
        _ => [],
    };

    private static int? Number(DocumentMap map, string key) =>
        int.TryParse(Text(map, key), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
