# Microsoft's cmdlet guidelines and the habits of good modules, as far as a command can test them.
# The number before each name is the row of the table in CONTRIBUTING.md.

BeforeDiscovery {
    $manifestFile = $env:PARALLELDAG_MODULE ?? "$PSScriptRoot/../ParallelDag.psd1"
    $exported = (Import-PowerShellDataFile $manifestFile).CmdletsToExport
}

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $data = Import-PowerShellDataFile $manifest
    $commands = Get-Command -Module ParallelDag -CommandType Cmdlet
    $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
    function Get-OwnParameter($Command) { $Command.Parameters.Values | Where-Object { $_.Name -notin $common } }
    $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
    $dag = $plan | Get-ParallelDag
}

AfterAll { Exit-Scratch $scratch }

Describe 'Manifest' {
    It '1: is valid' { Test-ModuleManifest $manifest -WarningAction Stop | Should -Not -BeNullOrEmpty }

    It '2: is plain data' { { Import-PowerShellDataFile $manifest } | Should -Not -Throw }

    It '3: exports by name, without wildcards' {
        foreach ($kind in 'Cmdlets', 'Functions', 'Aliases', 'Variables') {
            $data.ContainsKey("${kind}ToExport") | Should -BeTrue
            "$($data["${kind}ToExport"])" | Should -Not -Match '\*'
        }
    }

    It '4: exports what it declares' {
        $commands.Name | Sort-Object | Should -Be ($data.CmdletsToExport | Sort-Object)
        (Get-Module ParallelDag).ExportedAliases.Keys | Should -BeNullOrEmpty
    }

    It '6: says what the gallery shows' {
        foreach ($key in 'GUID', 'Author', 'Description', 'Copyright', 'PowerShellVersion', 'CompatiblePSEditions') { $data[$key] | Should -Not -BeNullOrEmpty }
        foreach ($key in 'LicenseUri', 'ProjectUri', 'ReleaseNotes', 'Tags') { $data.PrivateData.PSData[$key] | Should -Not -BeNullOrEmpty }
        foreach ($tag in 'PSEdition_Core', 'Windows', 'Linux', 'MacOS') { $data.PrivateData.PSData.Tags | Should -Contain $tag }
        $data.PrivateData.PSData.Tags -match '\s' | Should -BeNullOrEmpty
    }

    It '7: has the version of the libraries, which is a semantic one' {
        $data.ModuleVersion | Should -Match '^\d+\.\d+\.\d+$'
        (Select-Xml -Path $repository/Directory.Build.props -XPath '//Version').Node.InnerText | Should -Be $data.ModuleVersion
        foreach ($dll in 'ParallelDag.Core', 'ParallelDag.Commands', 'formats/ParallelDag.Formats') {
            (Get-Item (Join-Path $moduleRoot "bin/$dll.dll")).VersionInfo.FileVersion | Should -Be "$($data.ModuleVersion).0"
        }
    }

    It '8: ships nothing foreign' {
        $shipped = Get-ChildItem (Join-Path $moduleRoot bin) -Recurse -Filter *.dll | ForEach-Object Name | Sort-Object
        $shipped | Should -Be @('ParallelDag.Commands.dll', 'ParallelDag.Core.dll', 'ParallelDag.Formats.dll', 'ParallelDag.QuikGraph.dll', 'QuikGraph.dll', 'YamlDotNet.dll')
    }
}

Describe 'Names' {
    It '10: verbs are approved' { $commands | Where-Object Verb -notin (Get-Verb).Verb | Should -BeNullOrEmpty }

    It '11: nouns are PascalCase, singular and ours' {
        $commands | Where-Object { $_.Noun -cnotmatch '^[A-Z][a-zA-Z0-9]+$' -or $_.Noun -cmatch '[^s]s$' } | Should -BeNullOrEmpty
        $commands | Where-Object { $_.Noun -notmatch 'Dag|DeploymentPlan|QuikGraph|Launch' } | Should -BeNullOrEmpty
    }

    It '12: collide with no other command' { $commands | Where-Object { @(Get-Command $_.Name -All).Count -gt 1 } | Should -BeNullOrEmpty }

    It '13: no parameter takes a reserved name, and no name has reserved characters' {
        foreach ($command in $commands) {
            $declared = $command.ImplementingType.GetProperties().Where({ $_.GetCustomAttributes([Management.Automation.ParameterAttribute], $true) }).Name
            $declared | Where-Object { $_ -in $common } | Should -BeNullOrEmpty
            $declared | Where-Object { $_ -notmatch '^[A-Za-z]+$' } | Should -BeNullOrEmpty
        }
    }

    It '14: parameters are PascalCase and singular, with the standard names' {
        foreach ($parameter in $commands | ForEach-Object { Get-OwnParameter $_ }) {
            $parameter.Name | Should -MatchExactly '^[A-Z][a-zA-Z]+$'
            if ($parameter.Name -notin 'MicroBatches', 'As') { $parameter.Name | Should -Not -MatchExactly '[^s]s$' }
        }
        foreach ($export in $commands | Where-Object Verb -eq Export) {
            foreach ($name in 'Path', 'LiteralPath', 'Force', 'NoClobber', 'PassThru', 'InputObject') { $export.Parameters.Keys | Should -Contain $name }
        }
        foreach ($command in $commands | Where-Object { $_.Parameters.ContainsKey('LiteralPath') }) { $command.Parameters['LiteralPath'].Aliases | Should -Contain 'PSPath' }
    }
}

Describe 'Parameters' {
    It '15: switches are switches and off by default' {
        $commands | ForEach-Object { Get-OwnParameter $_ } | Where-Object { $_.ParameterType -in [bool], [Nullable[bool]] } | Should -BeNullOrEmpty
        foreach ($command in $commands) {
            $instance = [Activator]::CreateInstance($command.ImplementingType)
            foreach ($switch in Get-OwnParameter $command | Where-Object SwitchParameter) { $instance.($switch.Name).IsPresent | Should -BeFalse }
        }
    }

    It '16: closed choices are enumerations' {
        foreach ($name in 'Detail', 'Phase', 'Folding', 'As') {
            $commands | ForEach-Object { $_.Parameters[$name] } | Where-Object { $_ -and -not $_.ParameterType.IsEnum } | Should -BeNullOrEmpty
        }
        (TabExpansion2 'Get-ParallelDag -Detail ' 24).CompletionMatches.CompletionText | Should -Be @('Device', 'Operator', 'Overview')
    }

    It '17: one name has one type' {
        $commands | ForEach-Object { Get-OwnParameter $_ } | Where-Object Name -notin 'Path', 'LiteralPath', 'As' | Group-Object Name |
            Where-Object { @($_.Group.ParameterType.FullName | Sort-Object -Unique).Count -gt 1 } | Should -BeNullOrEmpty
        # -As chooses among what a command can make, and each makes other things.
        # Paths: many files come in, one goes out, as with Import-Csv and Export-Csv.
        foreach ($command in $commands | Where-Object { $_.Parameters.ContainsKey('Path') }) {
            $command.Parameters['Path'].ParameterType | Should -Be $(if ($command.Verb -eq 'Export') { [string] } else { [string[]] })
        }
    }

    It '18: every parameter set takes pipeline input' {
        foreach ($set in $commands.ParameterSets) { ($set.Parameters | Where-Object { $_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName }) | Should -Not -BeNullOrEmpty }
    }

    It '19: no set takes whole objects twice' {
        foreach ($set in $commands.ParameterSets) { @($set.Parameters | Where-Object ValueFromPipeline).Count | Should -BeLessOrEqual 1 }
    }

    It '20: input is processed record by record' {
        foreach ($command in $commands) { $command.ImplementingType.GetMethod('ProcessRecord', [Reflection.BindingFlags] 'NonPublic, Instance').DeclaringType.Namespace | Should -Match '^ParallelDag' }
    }

    It '21: an array of inputs gives what the pipeline gives' {
        Set-Content ./a.dot 'digraph { a -> b }'
        Set-Content ./b.dot 'digraph { b -> b }'
        Test-DagAcyclic -Path ./a.dot, ./b.dot | Should -Be ('./a.dot', './b.dot' | Test-DagAcyclic)
        (New-DeploymentPlan -Path ./examples/llm_parallel.yaml, ./examples/llm_parallel.yaml).Count | Should -Be 2
        Test-DagAcyclic ./a.dot, ./b.dot | Should -Be @($true, $false)
        Test-DagAcyclic $dag, $dag | Should -Be @($true, $true)
        ConvertTo-DagDot $dag, $dag | Should -Be ($dag, $dag | ConvertTo-DagDot)
        (Import-ParallelDag -Path ./a.dot, ./b.dot).Name | Should -Be ('./a.dot', './b.dot' | Import-ParallelDag).Name
    }
}

Describe 'Output' {
    It '22: streams: the first result comes before the last input' {
        $log = [Collections.Generic.List[string]]::new()
        1..3 | ForEach-Object { $log.Add("in $_"); $dag } | Test-DagAcyclic | ForEach-Object { $log.Add('out') }
        $log | Should -Be @('in 1', 'out', 'in 2', 'out', 'in 3', 'out')
    }

    It '23: collections are enumerated and hold no null' {
        foreach ($script in { $dag | Get-DagNode }, { $dag | Get-DagEdge }, { $dag | Test-ParallelDag }, { $dag | Show-ParallelDag }) {
            $results = @(& $script)
            $results.Count | Should -BeGreaterThan 1
            @($results | Where-Object { $null -eq $_ }).Count | Should -Be 0
            $results[0] -is [Collections.IEnumerable] | Should -BeFalse
        }
    }

    It '24: is of the declared type: <Name>' -ForEach @(
        @{ Name = 'New-DeploymentPlan'; Script = { New-DeploymentPlan ./examples/llm_parallel.yaml } }
        @{ Name = 'Get-ParallelDag'; Script = { $plan | Get-ParallelDag } }
        @{ Name = 'Get-DagNode'; Script = { $dag | Get-DagNode } }
        @{ Name = 'Get-DagEdge'; Script = { $dag | Get-DagEdge } }
        @{ Name = 'Test-DagAcyclic'; Script = { $dag | Test-DagAcyclic } }
        @{ Name = 'Find-DagCycle'; Script = { Set-Content ./c.dot 'digraph { a -> a }'; Find-DagCycle ./c.dot } }
        @{ Name = 'Test-ParallelDag'; Script = { $dag | Test-ParallelDag } }
        @{ Name = 'Test-ParallelDag'; Script = { $dag | Test-ParallelDag -Quiet } }
        @{ Name = 'Import-ParallelDag'; Script = { Set-Content ./i.dot 'digraph { a -> b }'; Import-ParallelDag ./i.dot } }
        @{ Name = 'Export-DagDot'; Script = { $dag | Export-DagDot -Path ./o.dot -PassThru } }
        @{ Name = 'Export-DeploymentPlan'; Script = { $plan | Export-DeploymentPlan -Path ./o.yaml -PassThru } }
        @{ Name = 'ConvertTo-DagDot'; Script = { $dag | ConvertTo-DagDot } }
        @{ Name = 'Show-ParallelDag'; Script = { $dag | Show-ParallelDag } }
        @{ Name = 'Measure-DeploymentPlan'; Script = { $plan | Measure-DeploymentPlan } }
        @{ Name = 'Get-DagPath'; Script = { $dag | Get-DagPath } }
        @{ Name = 'Get-DagDominator'; Script = { $dag | Get-DagDominator prefill_l1_attention_residual_sp1 } }
        @{ Name = 'Get-DagComponent'; Script = { $dag | Get-DagComponent -Weak } }
        @{ Name = 'ConvertTo-DagJson'; Script = { $dag | ConvertTo-DagJson } }
        @{ Name = 'ConvertFrom-DagDot'; Script = { 'digraph { a -> b }' | ConvertFrom-DagDot } }
        @{ Name = 'ConvertTo-QuikGraph'; Script = { , ($dag | ConvertTo-QuikGraph) } }
    ) {
        # By name: a type that is loaded when it is asked for is null before.
        $declared = (Get-Command $Name).OutputType.Name
        $declared | Should -Not -BeNullOrEmpty
        @(& $Script)[0].GetType().FullName | Should -BeIn $declared
    }

    It '25: Test-* answers with one boolean per input' {
        @($dag | Test-DagAcyclic).Count | Should -Be 1
        ($dag | Test-DagAcyclic) -is [bool] | Should -BeTrue
        ($dag | Test-ParallelDag -Quiet) -is [bool] | Should -BeTrue
    }

    It 'every cmdlet declares its output: <_>' -ForEach $exported { (Get-Command $_).OutputType | Should -Not -BeNullOrEmpty }
}

Describe 'Behaviour' {
    It '36: writers support -WhatIf and -Confirm, readers do not: <_>' -ForEach $exported {
        $has = (Get-Command $_).Parameters.ContainsKey('WhatIf')
        $has | Should -Be (($_ -like 'Export-*') -or ($_ -like 'Watch-*') -or ($_ -eq 'Show-ParallelDag' -and (Get-Command $_).Parameters.ContainsKey('As')))
    }

    It '37: never prompts' {
        Invoke-Child "Set-Location '$PWD'; New-DeploymentPlan ./examples/llm_parallel.yaml | Export-DagDot -Path ./p.dot; New-DeploymentPlan ./examples/llm_parallel.yaml | Export-DagDot -Path ./p.dot; 'done'" | Should -Be 'done'
    }

    It '43: no source writes to the console' {
        Get-ChildItem $repository/src/ParallelDag, $repository/src/ParallelDag.Formats, $repository/src/ParallelDag.Commands -Recurse -Filter *.cs |
            Where-Object FullName -notmatch '[\\/](bin|obj)[\\/]' | Select-String '\bConsole\.' -CaseSensitive | Should -BeNullOrEmpty
    }

    It '42: cmdlets that hold resources give them back: <_>' -ForEach $exported { (Get-Command $_).ImplementingType.GetInterfaces() | Should -Contain ([IDisposable]) }
}

Describe 'Analysis' {
    It '51: PSScriptAnalyzer finds nothing' {
        if (-not (Get-Module -ListAvailable PSScriptAnalyzer)) { Set-ItResult -Skipped -Because 'PSScriptAnalyzer is not installed'; return }
        Import-Module PSScriptAnalyzer
        Invoke-ScriptAnalyzer -Path $manifest -Settings PSGallery | Should -BeNullOrEmpty
        Invoke-ScriptAnalyzer -Path $repository/build.ps1 -Settings PSGallery | Should -BeNullOrEmpty
    }
}
