using System.Globalization;
using System.Xml.Linq;

namespace ParallelDag.Help;

/// <summary>Writes MAML, the XML that Get-Help reads: words from the pages, syntax from the cmdlets' metadata.</summary>
public static class MamlWriter
{
    private static readonly XNamespace Items = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private static readonly ParameterMetadata[] ShouldProcessParameters =
    [
        new("Confirm", "System.Management.Automation.SwitchParameter", [], ["cf"], false,
            [new(ParameterMetadata.AllSets, false, null, false, false)]),
        new("WhatIf", "System.Management.Automation.SwitchParameter", [], ["wi"], false,
            [new(ParameterMetadata.AllSets, false, null, false, false)]),
    ];

    /// <summary>Writes one file for all cmdlets.</summary>
    /// <param name="file">The file.</param>
    /// <param name="pages">The cmdlets with their pages.</param>
    /// <param name="online">Where the pages stand on the web; Get-Help -Online opens the cmdlet's own.</param>
    public static void Write(string file, IEnumerable<(CmdletMetadata Cmdlet, HelpPage Page)> pages, string online)
    {
        var root = new XElement(
            Items + "helpItems", new XAttribute("schema", "maml"), pages.Select(pair => WriteCommand(pair.Cmdlet, pair.Page, online)));
        new XDocument(new XDeclaration("1.0", "utf-8", null), root).Save(file);
    }

    private static XElement WriteCommand(CmdletMetadata cmdlet, HelpPage page, string online)
    {
        IReadOnlyList<ParameterMetadata> parameters = cmdlet.ShouldProcess
            ? [.. cmdlet.Parameters, .. ShouldProcessParameters]
            : cmdlet.Parameters;
        return new XElement(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "command", Command.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "dev", Dev.NamespaceName),
            new XElement(
                Command + "details",
                new XElement(Command + "name", cmdlet.Name),
                new XElement(Command + "verb", cmdlet.Verb),
                new XElement(Command + "noun", cmdlet.Noun),
                new XElement(Maml + "description", Paragraph(page.Synopsis))),
            new XElement(Maml + "description", page.Description.Select(Paragraph)),
            new XElement(Command + "syntax", cmdlet.Sets.Select(set => WriteSyntax(cmdlet, page, parameters, set))),
            new XElement(Command + "parameters",
                parameters.Select(parameter => WriteParameter(parameter, page, Representative(cmdlet, parameter)))),
            new XElement(Command + "inputTypes", page.Inputs.Select(input => WriteType("inputType", input))),
            new XElement(Command + "returnValues", page.Outputs.Select(output => WriteType("returnValue", output))),
            new XElement(Command + "examples", page.Examples.Select(WriteExample)),
            new XElement(
                Maml + "relatedLinks",
                Link("Online version:", $"{online.TrimEnd('/')}/{cmdlet.Name}.md"),
                page.Links.Select(link => Link(link, ""))));
    }

    private static XElement Link(string text, string uri) =>
        new(Maml + "navigationLink", new XElement(Maml + "linkText", text), new XElement(Maml + "uri", uri));

    private static XElement WriteSyntax(CmdletMetadata cmdlet, HelpPage page, IReadOnlyList<ParameterMetadata> parameters, string set)
    {
        IEnumerable<XElement> items = parameters
            .Where(parameter => parameter.In(set) is not null)
            .OrderBy(parameter => parameter.In(set)!.Position ?? int.MaxValue)
            .ThenBy(parameter => parameter.In(set)!.Mandatory ? 0 : 1)
            .Select(parameter => WriteParameter(parameter, page, parameter.In(set)!));
        return new XElement(Command + "syntaxItem", new XElement(Maml + "name", cmdlet.Name), items);
    }

    private static XElement WriteParameter(ParameterMetadata parameter, HelpPage page, ParameterUse use)
    {
        var element = new XElement(
            Command + "parameter",
            new XAttribute("required", Flag(use.Mandatory)),
            new XAttribute("variableLength", Flag(parameter.IsArray)),
            new XAttribute("globbing", Flag(parameter.Wildcards)),
            new XAttribute("pipelineInput", Pipeline(use)),
            new XAttribute("position", use.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
            new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
            new XElement(Maml + "name", parameter.Name),
            new XElement(Maml + "description", (page.Parameter(parameter.Name) ?? []).Select(Paragraph)));
        if (!parameter.IsSwitch)
            element.Add(new XElement(Command + "parameterValue", new XAttribute("required", "true"),
                new XAttribute("variableLength", Flag(parameter.IsArray)), parameter.ShortType));
        if (parameter.Values.Count > 0)
            element.Add(new XElement(Command + "parameterValueGroup",
                parameter.Values.Select(value => new XElement(Command + "parameterValue", new XAttribute("required", "false"), value))));
        element.Add(new XElement(Dev + "type", new XElement(Maml + "name", parameter.Type), new XElement(Maml + "uri")));
        string value = parameter.IsSwitch ? "False" : page.Default(parameter.Name) ?? parameter.Default ?? "None";
        element.Add(new XElement(Dev + "defaultValue", value));
        return element;
    }

    private static ParameterUse Representative(CmdletMetadata cmdlet, ParameterMetadata parameter) =>
        cmdlet.Sets.Select(parameter.In).FirstOrDefault(use => use is not null) ?? parameter.Uses[0];

    private static XElement WriteType(string element, HelpSection section) =>
        new(Command + element, new XElement(Dev + "type", new XElement(Maml + "name", section.Title)),
            new XElement(Maml + "description", section.Text.Select(Paragraph)));

    private static XElement WriteExample(HelpSection example, int index) =>
        new(
            Command + "example",
            new XElement(Maml + "title", string.Create(CultureInfo.InvariantCulture, $"Example {index + 1}: {example.Title}")),
            new XElement(Dev + "code", example.Code),
            new XElement(Dev + "remarks", example.Text.Select(Paragraph)));

    private static XElement Paragraph(string text) => new(Maml + "para", text);

    private static string Flag(bool value) => value ? "true" : "false";

    private static string Pipeline(ParameterUse use) => (use.ByValue, use.ByPropertyName) switch
    {
        (true, true) => "True (ByPropertyName, ByValue)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };
}
