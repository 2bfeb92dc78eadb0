# Help: complete for every cmdlet, true to its parameters, and every example runs.

BeforeDiscovery {
    $manifestFile = $env:PARALLELDAG_MODULE ?? "$PSScriptRoot/../ParallelDag.psd1"
    $cmdlets = (Import-PowerShellDataFile $manifestFile).CmdletsToExport
    Import-Module $manifestFile -Force
    $examples = foreach ($cmdlet in $cmdlets) {
        foreach ($example in (Get-Help $cmdlet -Full).examples.example) {
            if ($example.code) { @{ Cmdlet = $cmdlet; Title = $example.title.Trim('- '); Code = $example.code } }
        }
    }
}

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
}

Describe 'Help of <_>' -ForEach $cmdlets {
    BeforeAll {
        $cmdlet = $_
        $help = Get-Help $cmdlet -Full
        $command = Get-Command $cmdlet
    }

    It 'has a synopsis, a description, outputs and at least three examples' {
        $help.Synopsis | Should -Not -Match "^\s*$cmdlet"
        $help.Synopsis.Length | Should -BeGreaterThan 20
        ($help.description | Out-String).Trim().Length | Should -BeGreaterThan 60
        $help.returnValues.returnValue.Count | Should -BeGreaterThan 0
        @($help.examples.example).Count | Should -BeGreaterOrEqual 3
    }

    It 'describes exactly the parameters that there are' {
        $own = $command.Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object
        $described = $help.parameters.parameter.name | Where-Object { $_ -notin 'WhatIf', 'Confirm' } | Sort-Object
        $described | Should -Be $own
        $help.parameters.parameter | Where-Object { -not ($_.description | Out-String).Trim() } | Should -BeNullOrEmpty
    }

    It 'tells type, position, pipeline and wildcards as they are' {
        foreach ($parameter in $help.parameters.parameter | Where-Object name -notin 'WhatIf', 'Confirm') {
            $real = $command.Parameters[$parameter.name]
            $type = [Nullable]::GetUnderlyingType($real.ParameterType) ?? $real.ParameterType
            $parameter.type.name | Should -Be $type.FullName
            $sets = $real.ParameterSets.Values
            if ($sets.ValueFromPipeline -contains $true) { $parameter.pipelineInput | Should -Match 'ByValue' } else { $parameter.pipelineInput | Should -Not -Match 'ByValue' }
            $parameter.globbing | Should -Be "$(($real.Attributes | Where-Object { $_ -is [Management.Automation.SupportsWildcardsAttribute] }).Count -gt 0)"
        }
    }

    It 'shows every parameter set' {
        @($help.syntax.syntaxItem).Count | Should -Be $command.ParameterSets.Count
    }

    It 'links to commands and topics that exist' {
        foreach ($link in $help.relatedLinks.navigationLink.linkText -ne 'Online version:') {
            if ($link -like 'about_*') { Test-Path (Join-Path $moduleRoot "en-US/$link.help.txt") | Should -BeTrue }
            else { Get-Command $link -ErrorAction Ignore | Should -Not -BeNullOrEmpty }
        }
    }
}

Describe 'Example of <Cmdlet>, <Title>' -ForEach $examples {
    It 'runs without an error' {
        $scratch = Enter-Scratch
        try {
            $state = [initialsessionstate]::CreateDefault2()
            $state.ImportPSModule($manifest)
            $shell = [powershell]::Create($state)
            $null = $shell.AddScript("Set-StrictMode -Version Latest; Set-Location -LiteralPath '$PWD'; $Code")
            $null = $shell.Invoke()
            $shell.Streams.Error | ForEach-Object { "$_" } | Should -BeNullOrEmpty
        }
        finally {
            ${shell}?.Dispose()
            Exit-Scratch $scratch
        }
    }
}

Describe 'About topics' {
    It '<_> is found' -ForEach @(
        'about_ParallelDag', 'about_ParallelDag_Plans', 'about_ParallelDag_Errors', 'about_ParallelDag_Checks', 'about_ParallelDag_Semantics', 'about_ParallelDag_GraphFiles', 'about_ParallelDag_Simulators'
    ) {
        $text = Invoke-Child "Get-Help $_ | Out-String -Width 200"
        "$text" | Should -Match 'SHORT DESCRIPTION'
    }

    It 'tell of every rule' {
        $text = Get-Content (Join-Path $moduleRoot 'en-US/about_ParallelDag_Checks.help.txt') -Raw
        foreach ($id in [ParallelDag.CheckRule]::All.Id) { $text | Should -Match $id }
    }

    It 'the module help names every cmdlet' {
        $text = Get-Content (Join-Path $moduleRoot 'en-US/about_ParallelDag.help.txt') -Raw
        foreach ($name in (Get-Command -Module ParallelDag).Name) { $text | Should -Match $name }
    }
}
