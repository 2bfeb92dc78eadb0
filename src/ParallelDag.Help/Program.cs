using ParallelDag.Help;

// Writes the module's help: one MAML file for all cmdlets and one text file per about topic.
if (args is not [var commands, var powerShell, var docs, var output, var online])
{
    Console.Error.WriteLine(
        "usage: ParallelDag.Help <ParallelDag.Commands.dll> <System.Management.Automation.dll> <docs folder> <output folder> "
            + "<pages on the web>");
    return 2;
}

IReadOnlyList<CmdletMetadata> cmdlets = CmdletMetadata.Read(commands, powerShell);
var shared = HelpPage.Read(Path.Combine(docs, "cmdlets", "shared-parameters.md"));
var pages = new List<(CmdletMetadata, HelpPage)>();
var faults = new List<string>();
foreach (CmdletMetadata cmdlet in cmdlets)
{
    string file = Path.Combine(docs, "cmdlets", cmdlet.Name + ".md");
    if (!File.Exists(file))
    {
        faults.Add($"{file}: error HELP001: the cmdlet {cmdlet.Name} has no page");
        continue;
    }

    HelpPage page = HelpPage.Read(file, shared);
    faults.AddRange(page.Compare(cmdlet).Select(fault => $"{file}: error HELP002: {fault}"));
    pages.Add((cmdlet, page));
}

if (faults.Count > 0)
{
    faults.ForEach(Console.Error.WriteLine);
    return 1;
}

Directory.CreateDirectory(output);
MamlWriter.Write(Path.Combine(output, Path.GetFileName(commands) + "-Help.xml"), pages, online);
foreach (string topic in Directory.GetFiles(docs, "about_*.md").Order(StringComparer.Ordinal))
    File.WriteAllText(Path.Combine(output, Path.GetFileNameWithoutExtension(topic) + ".help.txt"),
        AboutTopic.ToText(File.ReadAllText(topic)));
foreach ((string page, string name) in AboutTopic.References)
    File.WriteAllText(Path.Combine(output, name + ".help.txt"), AboutTopic.OfReference(name, File.ReadAllText(Path.Combine(docs, page))));
return 0;
